"""Reading git: plumbing only, never a write to the index, the refs or the work tree.

    repository.find_repository(Path.cwd())      -> where we are
    changes.read_staged_changes(repo)           -> what the next commit changes, with hunks
    changes.read_range_changes(repo, base, head) -> what a range changes
    history.stream_commits(repo)                -> every commit, newest first, from one process
    blobs.BlobReader(repo)                      -> contents, from one process

Nothing here imports a third-party package or `subprocess`: the pre-commit hook pays for it.
"""
