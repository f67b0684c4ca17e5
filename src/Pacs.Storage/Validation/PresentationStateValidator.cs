using System.Globalization;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Validation;

/// <summary>
/// Whether a Grayscale Softcopy Presentation State (PS3.3 §A.33.1) can be applied: what it refers to is told once and
/// within its own study, and what it says of display is complete, consistent, and supported.
/// </summary>
internal sealed partial class PresentationStateValidator
{
    private readonly DicomDataset _state;
    private readonly FaultList _faults;
    private readonly HashSet<string> _images = [];
    private readonly HashSet<string> _layers = [];

    private PresentationStateValidator(DicomDataset state, FaultList faults) => (_state, _faults) = (state, faults);

    public static void Check(DicomDataset state, FaultList faults)
    {
        var validator = new PresentationStateValidator(state, faults);
        validator.CheckIdentification();
        validator.CheckReferences();
        validator.CheckDisplayedAreas();
        validator.CheckLayers();
        validator.CheckAnnotations();
        validator.CheckGrayscale();
        validator.CheckMask();
        validator.CheckTransformation();
        validator.CheckShutter();
        validator.CheckOverlays();
    }

    private void CheckIdentification()
    {
        if (_state.GetString(Tags.Modality) is not (null or "PR")) _faults.Add(Tags.Modality, "is not PR");
        if (_state.GetString(Tags.PresentationCreationDate) is { } date && !DicomDate.TryParse(date, out _)) _faults.Add(Tags.PresentationCreationDate, "is no date");
        if (_state.GetString(Tags.PresentationCreationTime) is { } time && !DicomTime.TryParse(time, out _)) _faults.Add(Tags.PresentationCreationTime, "is no time");
        if (_state.GetString(Tags.ContentLabel) is { Length: > 16 }) _faults.Add(Tags.ContentLabel, "is longer than 16");
    }

    /// <summary>Presentation State Relationship (PS3.3 §C.11.11): each image once, in its series; all of one SOP class.</summary>
    private void CheckReferences()
    {
        var (series, classes) = (new HashSet<string>(), new HashSet<string>());
        foreach (var item in _state.GetItems(Tags.ReferencedSeriesSequence))
        {
            if (item.GetString(Tags.SeriesInstanceUID) is { } uid && !(Uid.IsAcceptable(uid) && series.Add(uid))) _faults.Add(Tags.SeriesInstanceUID, "is told twice or no UID");
            if (item.GetItems(Tags.ReferencedImageSequence).Count == 0) _faults.Add(Tags.ReferencedImageSequence, "names no image");
            foreach (var image in item.GetItems(Tags.ReferencedImageSequence))
            {
                if (image.GetString(Tags.ReferencedSOPInstanceUID) is { } instance && !(Uid.IsAcceptable(instance) && _images.Add(instance))) _faults.Add(Tags.ReferencedSOPInstanceUID, "is told twice or no UID");
                if (image.GetString(Tags.ReferencedSOPClassUID) is { } sopClass) classes.Add(sopClass);
                CheckNumbers(image, Tags.ReferencedFrameNumber, n => n >= 1, "is no frame number");
            }
        }
        if (classes.Count > 1) _faults.Add(Tags.ReferencedSOPClassUID, "names several classes");
    }

    /// <summary>Displayed Area (PS3.3 §C.10.4): one for each image.</summary>
    private void CheckDisplayedAreas()
    {
        var areas = _state.GetItems(Tags.DisplayedAreaSelectionSequence);
        var shown = new HashSet<string>();
        foreach (var area in areas)
        {
            shown.UnionWith(ImagesOf(area));
            CheckCount(area, Tags.DisplayedAreaTopLeftHandCorner, 2);
            CheckCount(area, Tags.DisplayedAreaBottomRightHandCorner, 2);
            var mode = CheckTerm(area, Tags.PresentationSizeMode, "SCALE TO FIT", "TRUE SIZE", "MAGNIFY");
            var hasSpacing = HasValue(area, Tags.PresentationPixelSpacing);
            if (mode == "TRUE SIZE" && !hasSpacing) _faults.Add(Tags.PresentationPixelSpacing, "is needed for TRUE SIZE");
            if (mode == "MAGNIFY" && !HasValue(area, Tags.PresentationPixelMagnificationRatio)) _faults.Add(Tags.PresentationPixelMagnificationRatio, "is needed for MAGNIFY");
            if (!hasSpacing && !HasValue(area, Tags.PresentationPixelAspectRatio)) _faults.Add(Tags.PresentationPixelAspectRatio, "or pixel spacing is needed");
            CheckNumbers(area, Tags.PresentationPixelSpacing, n => n > 0, "is not above 0");
            CheckNumbers(area, Tags.PresentationPixelMagnificationRatio, n => n > 0, "is not above 0");
        }
        if (areas.Count > 0 && !shown.IsSupersetOf(_images)) _faults.Add(Tags.DisplayedAreaSelectionSequence, "leaves out an image");
    }

    private void CheckLayers()
    {
        foreach (var layer in _state.GetItems(Tags.GraphicLayerSequence))
        {
            if (layer.GetString(Tags.GraphicLayer) is not { } name || !_layers.Add(name)) _faults.Add(Tags.GraphicLayer, "is told twice or empty");
            if (layer.GetInteger(Tags.GraphicLayerOrder) is null) _faults.Add(Tags.GraphicLayerOrder, "is no number");
        }
    }

    private void CheckAnnotations()
    {
        foreach (var annotation in _state.GetItems(Tags.GraphicAnnotationSequence))
        {
            ImagesOf(annotation);
            CheckLayer(annotation, Tags.GraphicLayer);
            var (texts, graphics) = (annotation.GetItems(Tags.TextObjectSequence), annotation.GetItems(Tags.GraphicObjectSequence));
            if (texts.Count + graphics.Count == 0) _faults.Add(Tags.GraphicAnnotationSequence, "has an empty annotation");
            foreach (var text in texts) CheckText(text);
            foreach (var graphic in graphics) CheckGraphic(graphic);
        }
    }

    private void CheckText(DicomDataset text)
    {
        if (!HasValue(text, Tags.UnformattedTextValue)) _faults.Add(Tags.UnformattedTextValue, "has no value");
        var (hasBox, hasAnchor) = (text.Contains(Tags.BoundingBoxTopLeftHandCorner), text.Contains(Tags.AnchorPoint));
        if (!hasBox && !hasAnchor) _faults.Add(Tags.TextObjectSequence, "has a text without a place");
        if (hasBox)
        {
            CheckTerm(text, Tags.BoundingBoxAnnotationUnits, "PIXEL", "DISPLAY");
            CheckCount(text, Tags.BoundingBoxTopLeftHandCorner, 2);
            CheckCount(text, Tags.BoundingBoxBottomRightHandCorner, 2);
        }
        if (hasAnchor)
        {
            CheckTerm(text, Tags.AnchorPointAnnotationUnits, "PIXEL", "DISPLAY");
            CheckCount(text, Tags.AnchorPoint, 2);
            CheckTerm(text, Tags.AnchorPointVisibility, "Y", "N");
        }
    }

    /// <summary>PS3.3 §C.10.5.1.2: how many points a shape has.</summary>
    private void CheckGraphic(DicomDataset graphic)
    {
        CheckTerm(graphic, Tags.GraphicAnnotationUnits, "PIXEL", "DISPLAY");
        if (graphic.GetInteger(Tags.GraphicDimensions) is not 2) _faults.Add(Tags.GraphicDimensions, "is not 2");
        var points = graphic.GetInteger(Tags.NumberOfGraphicPoints) ?? 0;
        var fits = CheckTerm(graphic, Tags.GraphicType, "POINT", "POLYLINE", "INTERPOLATED", "CIRCLE", "ELLIPSE") switch
        {
            "POINT" => points == 1,
            "CIRCLE" => points == 2,
            "ELLIPSE" => points == 4,
            null => true,
            _ => points >= 2,
        };
        if (!fits) _faults.Add(Tags.NumberOfGraphicPoints, "does not fit the shape");
        // Long data stays in the blob: what it says of its length is enough.
        if (graphic[Tags.GraphicData] is { } data && LengthOf(data) != points * 8) _faults.Add(Tags.GraphicData, "has other than the points told");
    }
}
