"""The pages of set-up, and the server before it is set up."""
