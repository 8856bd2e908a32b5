"""Reading a spec: bytes in, a checked document out, every failure one SpecError with a pointer.

read_spec(path, overlay) -> load (YAML or JSON) -> overlay -> check -> Document
"""
