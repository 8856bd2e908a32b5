"""Makes the edits that resolve a finding, and proves them before they are called safe."""
