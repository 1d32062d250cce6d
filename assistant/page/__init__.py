"""The page: a chat that shows its evidence, the library, and the same functions as an HTTP API and as MCP tools."""
