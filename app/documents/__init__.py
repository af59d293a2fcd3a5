"""Floor 5: papers as PDF. Jinja and WeasyPrint, no web. Rendering happens in the task worker only."""
