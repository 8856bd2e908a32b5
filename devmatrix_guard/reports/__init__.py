"""Reports: one `CheckReport` becomes text for people or data for machines.

    report -> redact -> sort -> one format -> text        (`render.render`)
    report -> several formats -> files                    (`output.write_outputs`)

Everything shown comes from code under check and is hostile until escaped (`escape`).
"""
