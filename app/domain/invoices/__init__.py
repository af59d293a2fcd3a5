"""Numbered papers: series without gaps, frozen content, files. An issued paper is never changed, only answered by another one."""
