"""Price sheets: versions that are never edited, and which EVSE has which from when. What a price costs is decided in app.money."""
