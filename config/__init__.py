"""Settings, ASGI application and URLs. Imports every app; no app imports it."""
