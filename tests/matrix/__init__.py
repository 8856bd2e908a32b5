"""The odd days: one test for each numbered input the hook must survive."""
