"""What people and programs read: each report is data first (a plain document), then a rendering of it."""
