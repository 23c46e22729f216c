"""All words that people read about a decision: values in, Markdown or plain text out."""
