"""What is known of repositories: what mining finds, and what the memory keeps."""
