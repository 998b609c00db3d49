"""What 3D Slicer's module SSB Review does, without Qt: an SSB Label server's answers as nodes of the scene, and a reader's own mask."""
