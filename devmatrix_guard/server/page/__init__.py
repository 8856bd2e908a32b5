"""The page that `guard serve` shows at `/`: rendered here, with all it needs in the package."""
