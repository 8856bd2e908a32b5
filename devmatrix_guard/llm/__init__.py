"""Language models: what is asked, what is answered, and by whom.

choose.open_provider -> base.Provider.complete(conversation) -> base.Completion
"""
