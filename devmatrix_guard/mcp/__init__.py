"""`guard mcp`: what the guard knows as tools and resources of the Model Context Protocol.

`streams` and `messages` turn away what is no message, the official SDK speaks the protocol,
`server` names the tools, `commands/agents/tools` answers.
"""
