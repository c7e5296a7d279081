//! Renders a delegap diagnosis: terminal, Markdown, JSON.
