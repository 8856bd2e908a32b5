"""What learning leaves behind: rules, records, and the report of both."""
