"""Slice views of the scene as PNG, drawn off the screen by 3D Slicer's own view code, in slicer-core's own python."""

import slicer
import vtk

MANAGERS = ("vtkMRMLSegmentationsDisplayableManager2D", "vtkMRMLColorLegendDisplayableManager")
SIZE = 480


class SliceView:
    """The view "Red" of the scene, as the desktop has it from its start: made before the nodes that it shows."""

    def __init__(self):
        scene = slicer.mrmlScene
        slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
        self.app = slicer.vtkMRMLApplicationLogic()
        self.app.SetMRMLScene(scene)
        self.logic = slicer.vtkMRMLSliceLogic()
        self.logic.SetMRMLScene(scene)
        self.logic.SetMRMLApplicationLogic(self.app)
        self.node = self.logic.AddSliceNode("Red")
        self.node.SetDimensions(SIZE, SIZE, 1)
        # Slicer asks here which volumes a view shows, before it draws their colour bars.
        logics = vtk.vtkCollection()
        logics.AddItem(self.logic)
        self.app.SetSliceLogics(logics)
        self.window, self.renderer = vtk.vtkRenderWindow(), vtk.vtkRenderer()
        self.window.SetOffScreenRendering(1)
        self.window.SetSize(SIZE, SIZE)
        self.window.AddRenderer(self.renderer)
        self.window.SetMultiSamples(0)
        self.interactor = vtk.vtkRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        # The picture itself: Slicer's desktop shows the blended slice as a flat picture under everything else.
        self.mapper = vtk.vtkImageMapper()
        self.mapper.SetColorWindow(255)
        self.mapper.SetColorLevel(127.5)
        picture = vtk.vtkActor2D()
        picture.SetMapper(self.mapper)
        picture.SetLayerNumber(0)
        picture.GetProperty().SetDisplayLocationToBackground()
        self.renderer.AddViewProp(picture)
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(self.app)
        for name in MANAGERS:
            if not factory.IsDisplayableManagerRegistered(name):
                factory.RegisterDisplayableManager(name)
        self.group = factory.InstantiateDisplayableManagers(self.renderer)
        self.group.SetMRMLDisplayableNode(self.node)

    def look_at(self, volume, ras, field_mm):
        """Show `volume` in the background, `field_mm` wide around the point `ras`, in the volume's own slices."""
        self.logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        self.node.RotateToVolumePlane(volume)
        self.node.SetFieldOfView(field_mm, field_mm, 1)
        self.node.JumpSliceByCentering(*ras)
        self.node.UpdateMatrices()

    def save(self, path):
        self.logic.UpdatePipeline()
        connection = self.logic.GetImageDataConnection()
        self.mapper.SetInputConnection(connection)
        self.window.Render()
        self.window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self.window)
        grab.ReadFrontBufferOff()
        writer = vtk.vtkPNGWriter()
        writer.SetFileName(str(path))
        writer.SetInputConnection(grab.GetOutputPort())
        writer.Write()

    def close(self):
        self.group.SetMRMLDisplayableNode(None)
        self.window.Finalize()
