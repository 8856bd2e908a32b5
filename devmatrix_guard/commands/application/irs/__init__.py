"""The IR of an application: shown, kept in versions, compared with others."""
