using System.Globalization;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Storage.Validation;

/// <summary>Gray values, geometry, shutters and overlays of a presentation state.</summary>
internal sealed partial class PresentationStateValidator
{
    private static readonly Tag OverlayRows = new(0x60000010), OverlayColumns = new(0x60000011), OverlayBitsAllocated = new(0x60000100), OverlayData = new(0x60003000);
    private static readonly Tag OverlayActivationLayer = new(0x60001001), CurveActivationLayer = new(0x50001001);

    /// <summary>Modality LUT, Softcopy VOI LUT, Softcopy Presentation LUT (PS3.3 §C.11.1, C.11.8, C.11.6): of each one kind.</summary>
    private void CheckGrayscale()
    {
        CheckLuts(_state, Tags.ModalityLUTSequence);
        var hasRescale = _state.Contains(Tags.RescaleIntercept) || _state.Contains(Tags.RescaleSlope);
        if (hasRescale && _state.Contains(Tags.ModalityLUTSequence)) _faults.Add(Tags.ModalityLUTSequence, "stands beside a rescale");
        if (hasRescale && !(HasValue(_state, Tags.RescaleIntercept) && HasValue(_state, Tags.RescaleSlope))) _faults.Add(Tags.RescaleSlope, "needs an intercept, and vice versa");
        CheckNumbers(_state, Tags.RescaleSlope, n => n != 0, "is no slope");

        foreach (var voi in _state.GetItems(Tags.SoftcopyVOILUTSequence))
        {
            ImagesOf(voi);
            CheckLuts(voi, Tags.VOILUTSequence);
            var hasWindow = HasValue(voi, Tags.WindowCenter);
            if (hasWindow == voi.Contains(Tags.VOILUTSequence)) _faults.Add(Tags.VOILUTSequence, "or a window: one of both");
            if (voi.GetStrings(Tags.WindowCenter).Count != voi.GetStrings(Tags.WindowWidth).Count) _faults.Add(Tags.WindowWidth, "is not told for each center");
            CheckNumbers(voi, Tags.WindowCenter, _ => true, "is no number");
            var isLinear = voi.GetString(Tags.VOILUTFunction) is null or "LINEAR";
            CheckNumbers(voi, Tags.WindowWidth, n => isLinear ? n >= 1 : n > 0, "is too small");
        }

        CheckLuts(_state, Tags.PresentationLUTSequence);
        var hasShape = HasValue(_state, Tags.PresentationLUTShape);
        if (hasShape == _state.Contains(Tags.PresentationLUTSequence)) _faults.Add(Tags.PresentationLUTShape, "or a LUT: one of both");
        if (hasShape) CheckTerm(_state, Tags.PresentationLUTShape, "IDENTITY", "INVERSE");
    }

    /// <summary>LUT Descriptor (PS3.3 §C.11.1.1.1): entries (0 for 65,536), first value mapped, bits.</summary>
    private void CheckLuts(DicomDataset dataset, Tag sequence)
    {
        if (dataset.Contains(sequence) && dataset.GetItems(sequence).Count == 0) _faults.Add(sequence, "has no item");
        foreach (var lut in dataset.GetItems(sequence))
        {
            var descriptor = lut.GetStrings(Tags.LUTDescriptor);
            if (descriptor.Count != 3 || !TryNumber(descriptor[0], out var entries) || !TryNumber(descriptor[2], out var bits) || bits is < 8 or > 16)
            {
                _faults.Add(Tags.LUTDescriptor, "is no LUT descriptor");
                continue;
            }
            var count = ((int)entries & 0xFFFF) is var n and > 0 ? n : 0x10000;
            if (lut[Tags.LUTData] is not { } data || !(LengthOf(data) == 2 * count || (bits == 8 && LengthOf(data) == count + (count & 1)))) _faults.Add(Tags.LUTData, "is not as long as its LUT");
        }
    }

    /// <summary>Subtraction is nothing that is supported (PS3.3 §C.11.13).</summary>
    private void CheckMask()
    {
        if (_state.Contains(Tags.MaskSubtractionSequence)) _faults.Add(Tags.MaskSubtractionSequence, "is not supported: no mask");
        if (_state.GetString(Tags.RecommendedViewingMode) == "SUB") _faults.Add(Tags.RecommendedViewingMode, "SUB is not supported");
    }

    /// <summary>Spatial Transformation (PS3.3 §C.10.6).</summary>
    private void CheckTransformation()
    {
        if (!_state.Contains(Tags.ImageRotation) && !_state.Contains(Tags.ImageHorizontalFlip)) return;
        CheckTerm(_state, Tags.ImageRotation, "0", "90", "180", "270");
        CheckTerm(_state, Tags.ImageHorizontalFlip, "Y", "N");
    }

    /// <summary>Display Shutter, Bitmap Display Shutter, Presentation State Shutter (PS3.3 §C.7.6.11, C.7.6.15, C.11.12).</summary>
    private void CheckShutter()
    {
        if (!_state.Contains(Tags.ShutterShape)) return;
        var shapes = _state.GetStrings(Tags.ShutterShape);
        if (shapes.Count == 0) _faults.Add(Tags.ShutterShape, "has no value");
        if (!HasValue(_state, Tags.ShutterPresentationValue)) _faults.Add(Tags.ShutterPresentationValue, "is missing");
        foreach (var shape in shapes)
        {
            switch (shape)
            {
                case "RECTANGULAR":
                    foreach (var edge in new[] { Tags.ShutterLeftVerticalEdge, Tags.ShutterRightVerticalEdge, Tags.ShutterUpperHorizontalEdge, Tags.ShutterLowerHorizontalEdge }) CheckCount(_state, edge, 1);
                    break;
                case "CIRCULAR":
                    CheckCount(_state, Tags.CenterOfCircularShutter, 2);
                    CheckCount(_state, Tags.RadiusOfCircularShutter, 1);
                    break;
                case "POLYGONAL":
                    if (_state.GetStrings(Tags.VerticesOfThePolygonalShutter).Count is var count && (count < 6 || count % 2 != 0)) _faults.Add(Tags.VerticesOfThePolygonalShutter, "are no polygon");
                    break;
                case "BITMAP" when shapes.Count == 1:
                    if (_state.GetInteger(Tags.ShutterOverlayGroup) is not { } group || !_state.Contains(new Tag((ushort)group, OverlayData.Element))) _faults.Add(Tags.ShutterOverlayGroup, "names no overlay");
                    break;
                default:
                    _faults.Add(Tags.ShutterShape, "is no shape, or not beside BITMAP");
                    break;
            }
        }
    }

    /// <summary>Overlay Plane, Overlay Activation (PS3.3 §C.9.2, C.11.7): what is shown is in a layer that exists.</summary>
    private void CheckOverlays()
    {
        for (var offset = 0; offset < 0x20; offset += 2)
        {
            Tag In(Tag tag) => new((ushort)(tag.Group + offset), tag.Element);
            foreach (var layer in new[] { In(OverlayActivationLayer), In(CurveActivationLayer) })
                if (HasValue(_state, layer)) CheckLayer(_state, layer);
            if (!_state.Contains(In(OverlayData))) continue;
            foreach (var tag in new[] { OverlayRows, OverlayColumns }) CheckCount(_state, In(tag), 1);
            if (_state.GetInteger(In(OverlayBitsAllocated)) is not 1) _faults.Add(In(OverlayBitsAllocated), "is not 1");
        }
    }

    /// <summary>The images that an item speaks of, all when it names none; each has to be one that the state refers to.</summary>
    private IEnumerable<string> ImagesOf(DicomDataset item)
    {
        if (!item.Contains(Tags.ReferencedImageSequence)) return _images;
        var images = item.GetItems(Tags.ReferencedImageSequence).Select(i => i.GetString(Tags.ReferencedSOPInstanceUID) ?? "").ToList();
        if (images.Exists(i => !_images.Contains(i))) _faults.Add(Tags.ReferencedImageSequence, "names a foreign image");
        return images;
    }

    private void CheckLayer(DicomDataset dataset, Tag tag)
    {
        if (dataset.GetString(tag) is { } layer && !_layers.Contains(layer)) _faults.Add(tag, "names no layer");
    }

    /// <summary>The value if it is one of the terms.</summary>
    private string? CheckTerm(DicomDataset dataset, Tag tag, params ReadOnlySpan<string> terms)
    {
        var value = dataset.GetString(tag);
        if (value is not null && terms.Contains(value)) return value;
        _faults.Add(tag, value is null ? "has no value" : "has a value unknown");
        return null;
    }

    private void CheckCount(DicomDataset dataset, Tag tag, int count)
    {
        var values = dataset.GetStrings(tag);
        if (values.Count != count || !values.All(v => TryNumber(v, out _))) _faults.Add(tag, count == 1 ? "is no number" : $"is not {count} numbers");
    }

    private void CheckNumbers(DicomDataset dataset, Tag tag, Func<double, bool> isGood, string what)
    {
        if (!dataset.GetStrings(tag).All(v => TryNumber(v, out var number) && isGood(number))) _faults.Add(tag, what);
    }

    private static bool HasValue(DicomDataset dataset, Tag tag) => dataset.GetString(tag) is not null;

    private static long LengthOf(DicomElement element) => element switch
    {
        ValueElement value => value.Value.Length,
        BulkElement bulk => bulk.Length,
        _ => 0,
    };

    private static bool TryNumber(string text, out double number) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);
}
