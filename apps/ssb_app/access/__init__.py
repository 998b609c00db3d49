"""The door: who may ask what of the server and of the viewer, and how they log in."""
