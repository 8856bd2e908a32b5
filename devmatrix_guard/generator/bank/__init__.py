"""The PatternBank: which text the template stratum fills in, by id and version.

pin or id -> lookup.PatternBank -> local cache, bank (memory), package, llm -> InfraPattern
"""
