"""Servers that follow the memory: Qdrant its vectors, Neo4j its lineage and specs.

    truth, in one transaction -> outbox -> drain -> Follower.apply -> position

`base` says what a follower does, `outbox` reads what changed, `drain` brings one up to date or
makes it anew, `choose` opens those that the settings name.
"""
