using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Dictionaries;

public sealed class DataElementDictionaryTests
{
    [Theory]
    [InlineData(0x00080005, Vr.CS, "SpecificCharacterSet")]
    [InlineData(0x00100010, Vr.PN, "PatientName")]
    [InlineData(0x00020010, Vr.UI, "TransferSyntaxUID")]
    [InlineData(0x00280106, Vr.US, "SmallestImagePixelValue")]
    [InlineData(0x00283006, Vr.OW, "LUTData")]
    [InlineData(0x7FE00010, Vr.OW, "PixelData")]
    [InlineData(0x60023000, Vr.OW, "OverlayData")]
    [InlineData(0x60FE0010, Vr.US, "OverlayRows")]
    [InlineData(0x50040005, Vr.US, "CurveDimensions")]
    [InlineData(0x002031AB, Vr.CS, "SourceImageIDs")]
    [InlineData(0x00280452, Vr.LO, "CoefficientCoding")]
    [InlineData(0x7F100010, Vr.OW, "VariablePixelData")]
    [InlineData(0x10002340, Vr.US, "EscapeTriplet")]
    [InlineData(0x10100777, Vr.US, "ZonalMap")]
    [InlineData(0xFFFCFFFC, Vr.OB, "DataSetTrailingPadding")]
    [InlineData(0x00100011, Vr.UN, null)]
    public void VrOf_KeywordOf_FollowTheStandard(uint tag, Vr vr, string? keyword)
    {
        Assert.Equal(vr, DataElementDictionary.VrOf(new Tag(tag)));
        Assert.Equal(keyword, DataElementDictionary.KeywordOf(new Tag(tag)));
    }

    [Fact]
    public void VrOf_UsOrSs_FollowsPixelRepresentation() =>
        Assert.Equal(Vr.SS, DataElementDictionary.VrOf(Tags.SmallestImagePixelValue, isSigned: true));

    [Fact]
    public void VrOf_PrivateAndGroupLength_FollowRules()
    {
        Assert.Equal(Vr.LO, DataElementDictionary.VrOf(new Tag(0x00290010)));
        Assert.Equal(Vr.UN, DataElementDictionary.VrOf(new Tag(0x00291010)));
        Assert.Equal(Vr.UL, DataElementDictionary.VrOf(new Tag(0x00290000)));
    }

    [Theory]
    [InlineData("PatientName", 0x00100010)]
    [InlineData("00100010", 0x00100010)]
    [InlineData("OverlayRows", 0x60000010)]
    [InlineData("SequenceDelimitationItem", 0xFFFEE0DD)]
    public void TryParse_KeywordOrHex_GivesTag(string text, uint tag)
    {
        Assert.True(DataElementDictionary.TryParse(text, out var parsed));
        Assert.Equal(new Tag(tag), parsed);
    }

    [Theory]
    [InlineData("")]
    [InlineData("patientname")]
    [InlineData("PatientNam")]
    [InlineData("Pätient")]
    [InlineData("0010001")]
    public void TryParse_Unknown_IsFalse(string text) => Assert.False(DataElementDictionary.TryParse(text, out _));

    [Fact]
    public void TryParse_GeneratedKeywords_RoundTrip()
    {
        // Not all 5,000: each property has to be compiled to be read.
        foreach (var property in typeof(Tags).GetProperties().Where((_, i) => i % 20 == 0))
        {
            var tag = (Tag)property.GetValue(null)!;
            Assert.True(DataElementDictionary.TryParse(property.Name, out var parsed), property.Name);
            Assert.Equal(tag, parsed);
            Assert.Equal(property.Name, DataElementDictionary.KeywordOf(tag));
        }
    }

    [Fact]
    public void NameMultiplicityRetired_AreThoseOfTheStandard()
    {
        Assert.Equal("Patient's Name", DataElementDictionary.NameOf(Tags.PatientName));
        Assert.Equal("1", DataElementDictionary.MultiplicityOf(Tags.PatientName));
        Assert.Equal("2-n", DataElementDictionary.MultiplicityOf(Tags.ImageType));
        Assert.False(DataElementDictionary.IsRetired(Tags.PatientName));
        Assert.True(DataElementDictionary.IsRetired(Tags.LengthToEnd));
    }
}
