"""JSON Schemas of what people write, made from the tables that check it: `guard schema`."""
