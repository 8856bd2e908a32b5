"""What the HTTP API, its page and agents ask of the memory; the memory is opened once and lent out.

`access` lends memories, `queries` reads for people and programs, `matching` finds proven patterns,
`entries` gives one pattern whole, `changes` writes.
"""
