using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Access;
using Pacs.Storage.Validation;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Validation;

public sealed class PresentationStateValidatorTests
{
    private static readonly Dictionary<string, (Tag Expected, Action<DicomDataset> Break)> Faults = new()
    {
        ["no reference"] = (Tags.ReferencedSeriesSequence, s => s.Remove(Tags.ReferencedSeriesSequence)),
        ["series without images"] = (Tags.ReferencedImageSequence, s => s.GetItems(Tags.ReferencedSeriesSequence)[0].Remove(Tags.ReferencedImageSequence)),
        ["image twice"] = (Tags.ReferencedSOPInstanceUID, s => s.GetItems(Tags.ReferencedSeriesSequence)[0].Set(Tags.ReferencedImageSequence, Image("1.2.3", Uids.CTImageStorage), Image("1.2.3", Uids.CTImageStorage))),
        ["images of two classes"] = (Tags.ReferencedSOPClassUID, s => s.GetItems(Tags.ReferencedSeriesSequence)[0].Set(Tags.ReferencedImageSequence, Image("1.2.3", Uids.CTImageStorage), Image("1.2.4", Uids.MRImageStorage))),
        ["other modality"] = (Tags.Modality, s => s.Set(Tags.Modality, "CT")),
        ["no creation date"] = (Tags.PresentationCreationDate, s => s.Remove(Tags.PresentationCreationDate)),
        ["creation date is none"] = (Tags.PresentationCreationDate, s => s.Set(Tags.PresentationCreationDate, "today")),
        ["no displayed area"] = (Tags.DisplayedAreaSelectionSequence, s => s.Remove(Tags.DisplayedAreaSelectionSequence)),
        ["area of another image"] = (Tags.DisplayedAreaSelectionSequence, s => Area(s).Set(Tags.ReferencedImageSequence, Image("1.2.3", Uids.CTImageStorage))),
        ["corner of one number"] = (Tags.DisplayedAreaTopLeftHandCorner, s => Area(s).Set(Tags.DisplayedAreaTopLeftHandCorner, "1")),
        ["size mode unknown"] = (Tags.PresentationSizeMode, s => Area(s).Set(Tags.PresentationSizeMode, "HUGE")),
        ["true size without spacing"] = (Tags.PresentationPixelSpacing, s => Area(s).Set(Tags.PresentationSizeMode, "TRUE SIZE").Set(Tags.PresentationPixelAspectRatio, "1", "1").Remove(Tags.PresentationPixelSpacing)),
        ["magnify without ratio"] = (Tags.PresentationPixelMagnificationRatio, s => Area(s).Set(Tags.PresentationSizeMode, "MAGNIFY")),
        ["layer not there"] = (Tags.GraphicLayer, s => s.Remove(Tags.GraphicLayerSequence)),
        ["layer twice"] = (Tags.GraphicLayer, s => s.Set(Tags.GraphicLayerSequence, [.. s.GetItems(Tags.GraphicLayerSequence), .. s.GetItems(Tags.GraphicLayerSequence)])),
        ["annotation of a foreign image"] = (Tags.ReferencedImageSequence, s => Annotation(s).Set(Tags.ReferencedImageSequence, Image("1.2.3", Uids.CTImageStorage))),
        ["annotation of nothing"] = (Tags.GraphicAnnotationSequence, s => Annotation(s).Remove(Tags.TextObjectSequence, Tags.GraphicObjectSequence)),
        ["text without a place"] = (Tags.TextObjectSequence, s => Annotation(s).GetItems(Tags.TextObjectSequence)[0].Remove(Tags.AnchorPoint)),
        ["text without text"] = (Tags.UnformattedTextValue, s => Annotation(s).GetItems(Tags.TextObjectSequence)[0].Remove(Tags.UnformattedTextValue)),
        ["three dimensions"] = (Tags.GraphicDimensions, s => Graphic(s).Set(Tags.GraphicDimensions, 3)),
        ["circle of three points"] = (Tags.NumberOfGraphicPoints, s => Graphic(s).Set(Tags.NumberOfGraphicPoints, 3)),
        ["points left out"] = (Tags.GraphicData, s => Graphic(s).Set(Tags.GraphicData, "20", "20")),
        ["window without width"] = (Tags.WindowWidth, s => s.GetItems(Tags.SoftcopyVOILUTSequence)[0].Remove(Tags.WindowWidth)),
        ["width 0"] = (Tags.WindowWidth, s => s.GetItems(Tags.SoftcopyVOILUTSequence)[0].Set(Tags.WindowWidth, "0")),
        ["window and LUT"] = (Tags.VOILUTSequence, s => s.GetItems(Tags.SoftcopyVOILUTSequence)[0].Set(Tags.VOILUTSequence, Lut(4, 4))),
        ["LUT too short"] = (Tags.LUTData, s => s.GetItems(Tags.SoftcopyVOILUTSequence)[0].Remove(Tags.WindowCenter, Tags.WindowWidth).Set(Tags.VOILUTSequence, Lut(256, 4))),
        ["modality LUT beside rescale"] = (Tags.ModalityLUTSequence, s => s.Set(Tags.ModalityLUTSequence, Lut(4, 4))),
        ["slope 0"] = (Tags.RescaleSlope, s => s.Set(Tags.RescaleSlope, "0")),
        ["no presentation LUT"] = (Tags.PresentationLUTShape, s => s.Remove(Tags.PresentationLUTShape)),
        ["presentation LUT shape unknown"] = (Tags.PresentationLUTShape, s => s.Set(Tags.PresentationLUTShape, "LIN OD")),
        ["mask"] = (Tags.MaskSubtractionSequence, s => s.Set(Tags.MaskSubtractionSequence, new DicomDataset().Set(Tags.MaskOperation, "AVG_SUB"))),
        ["rotated by 45"] = (Tags.ImageRotation, s => s.Set(Tags.ImageRotation, 45).Set(Tags.ImageHorizontalFlip, "N")),
        ["rotated, flip not told"] = (Tags.ImageHorizontalFlip, s => s.Set(Tags.ImageRotation, 90)),
        ["shutter without edges"] = (Tags.ShutterLeftVerticalEdge, s => s.Set(Tags.ShutterShape, "RECTANGULAR").Set(Tags.ShutterPresentationValue, "0")),
        ["shutter without a value"] = (Tags.ShutterPresentationValue, s => s.Set(Tags.ShutterShape, "CIRCULAR").Set(Tags.CenterOfCircularShutter, "5", "5").Set(Tags.RadiusOfCircularShutter, "3")),
        ["shutter of a missing bitmap"] = (Tags.ShutterOverlayGroup, s => s.Set(Tags.ShutterShape, "BITMAP").Set(Tags.ShutterPresentationValue, "0").Set(Tags.ShutterOverlayGroup, 0x6000)),
        ["overlay in no layer"] = (new Tag(0x60021001), s => s.Set(new Tag(0x60021001), Vr.CS, "NOWHERE")),
    };

    public static TheoryData<string> Names => [.. Faults.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Check_Broken_NamesTheElement(string name)
    {
        var (expected, fault) = Faults[name];
        var state = SampleObjects.PresentationState(SampleObjects.Ct(), new SampleOptions { Customize = fault }).Dataset;
        var result = ObjectValidator.Check(state, ValidationLevel.Thorough, isAbridged: false);
        Assert.Contains(expected, result?.Faults.Elements ?? []);
        Assert.True(result!.Value.IsPresentationState);
        Assert.InRange(result.Value.Faults.ToString().Length, 1, 64);
    }

    [Fact]
    public void Check_Good_HasNoFaults()
    {
        var image = SampleObjects.Ct();
        Assert.Null(ObjectValidator.Check(SampleObjects.PresentationState(image).Dataset, ValidationLevel.Thorough, isAbridged: false));
        var shuttered = SampleObjects.PresentationState(image, new SampleOptions
        {
            Customize = s => s.Set(Tags.ShutterShape, "CIRCULAR").Set(Tags.CenterOfCircularShutter, "5", "5").Set(Tags.RadiusOfCircularShutter, "3").Set(Tags.ShutterPresentationValue, "0")
                .Set(Tags.ImageRotation, 90).Set(Tags.ImageHorizontalFlip, "Y").Set(new Tag(0x60001001), Vr.CS, "FINDINGS"),
        });
        Assert.Null(ObjectValidator.Check(shuttered.Dataset, ValidationLevel.Thorough, isAbridged: false));
    }

    [Fact]
    public void Check_LevelIod_DoesNotAskWhetherItCanBeApplied() =>
        Assert.Null(ObjectValidator.Check(SampleObjects.PresentationState(SampleObjects.Ct(), new SampleOptions { Customize = Faults["mask"].Break }).Dataset, ValidationLevel.Iod, isAbridged: false));

    [Fact]
    public void Check_ItemsLeftOut_SaysNothingOfThem() =>
        Assert.Null(ObjectValidator.Check(SampleObjects.PresentationState(SampleObjects.Ct(), new SampleOptions { Customize = Faults["text without text"].Break }).Dataset, ValidationLevel.Thorough, isAbridged: true));

    private static DicomDataset Area(DicomDataset state) => state.GetItems(Tags.DisplayedAreaSelectionSequence)[0];
    private static DicomDataset Annotation(DicomDataset state) => state.GetItems(Tags.GraphicAnnotationSequence)[0];
    private static DicomDataset Graphic(DicomDataset state) => Annotation(state).GetItems(Tags.GraphicObjectSequence)[0];
    private static DicomDataset Image(string uid, string sopClass) => new DicomDataset().Set(Tags.ReferencedSOPClassUID, sopClass).Set(Tags.ReferencedSOPInstanceUID, uid);

    private static DicomDataset Lut(int entries, int values) =>
        new DicomDataset().Set(Tags.LUTDescriptor, $"{entries}", "0", "12").Set(new ValueElement(Tags.LUTData, Vr.OW, new byte[2 * values]));
}

file static class Removal
{
    public static DicomDataset Remove(this DicomDataset dataset, params ReadOnlySpan<Tag> tags)
    {
        foreach (var tag in tags) dataset.Remove(tag);
        return dataset;
    }
}
