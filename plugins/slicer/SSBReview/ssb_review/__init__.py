"""What the module SSB Review does in 3D Slicer, without Qt: an SSB Label server's answers as nodes of the scene, and a reader's own mask."""
