"""ApplicationIR: what an application is, apart from how it is written.

    spec (OpenAPI + overlay) --generator.extract--> ApplicationIR --emitters--> files
                                                     |   domain          entities, relations, views
                                                     |   api             operations and shapes
                                                     |   behavior        flows, states, invariants
                                                     |   validation      every rule to be enforced
                                                     |   infrastructure  auth, database, settings
                                                     +-- inferences, notices: how we came to it

Every node is a `Node`: immutable, hashable, cheap to import and to build. Nodes are addressed by
stable ids (`nodes`), written and read as JSON (`codec`), and compared (`changes`). Names in the IR
are safe: every `name` is a valid, unique Python identifier; the spelling of the spec is kept
beside it as `wire`.
"""
