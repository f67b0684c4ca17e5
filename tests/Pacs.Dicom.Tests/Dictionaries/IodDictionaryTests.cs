using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Tests.Dictionaries;

public sealed class IodDictionaryTests
{
    /// <summary>Spot checks against PS3.3 2024e: of a SOP class, a path of tags, and the Type of the last.</summary>
    public static TheoryData<string, string, int> Attributes => new()
    {
        { Uids.CTImageStorage, "00100010", 2 },
        { Uids.CTImageStorage, "0020000D", 1 },
        { Uids.CTImageStorage, "00080060", 1 },
        { Uids.CTImageStorage, "00200052", 1 },
        { Uids.CTImageStorage, "00200032", 1 },
        { Uids.CTImageStorage, "00180050", 2 },
        { Uids.CTImageStorage, "00080008", 1 },
        { Uids.CTImageStorage, "00281052", 1 },
        { Uids.CTImageStorage, "00180060", 2 },
        { Uids.MRImageStorage, "00180020", 1 },
        { Uids.MRImageStorage, "00180081", 2 },
        { Uids.BasicTextSRStorage, "0040A491", 1 },
        { Uids.BasicTextSRStorage, "0040A372", 2 },
        { Uids.BasicTextSRStorage, "0040A730.0040A010", 1 },
        { Uids.BasicTextSRStorage, "0040A730.0040A730.0040A730.0040A010", 1 },
        { Uids.GrayscaleSoftcopyPresentationStateStorage, "00700080", 1 },
        { Uids.GrayscaleSoftcopyPresentationStateStorage, "00081115.00081140.00081155", 1 },
        { Uids.GrayscaleSoftcopyPresentationStateStorage, "0070005A.00700100", 1 },
        { Uids.EncapsulatedPDFStorage, "00420011", 1 },
        { Uids.EncapsulatedPDFStorage, "00420010", 2 },
        { Uids.EnhancedCTImageStorage, "00280008", 1 },
        { Uids.EnhancedCTImageStorage, "00081090", 1 },
        { Uids.VLWholeSlideMicroscopyImageStorage, "00400560.00400551", 1 },
    };

    [Theory]
    [MemberData(nameof(Attributes))]
    public void Find_StorageClass_TellsTheTypeOfItsAttributes(string sopClass, string path, int type)
    {
        var attributes = IodDictionary.Find(sopClass)!.Attributes;
        IodAttribute? found = null;
        foreach (var hex in path.Split('.'))
        {
            Assert.True(Tag.TryParseHex(hex, out var tag));
            found = attributes.MinBy(a => a.Tag == tag ? a.Type : int.MaxValue);
            Assert.Equal(tag, found?.Tag);
            attributes = found!.Items;
        }
        Assert.Equal(type, found!.Type);
    }

    [Theory]
    [InlineData(Uids.CTImageStorage, "00200020")]
    [InlineData(Uids.MRImageStorage, "00180080")]
    [InlineData(Uids.GrayscaleSoftcopyPresentationStateStorage, "20500020")]
    public void Find_StorageClass_AsksForNothingConditional(string sopClass, string tag) =>
        Assert.DoesNotContain(IodDictionary.Find(sopClass)!.Attributes, a => a.Tag.ToHex() == tag && a.Type < 3);

    [Fact]
    public void Find_EnhancedCt_HasItsFunctionalGroups() =>
        Assert.Contains(IodDictionary.Find(Uids.EnhancedCTImageStorage)!.FunctionalGroups, g => g.Tag == Tags.PixelMeasuresSequence && g.Type == 1);

    [Theory]
    [InlineData(Uids.Verification)]
    [InlineData("1.2.840.10008.5.1.4.1.1.3")]
    [InlineData("1.3.12.2.1107.5.9.1")]
    [InlineData("")]
    public void Find_OtherClasses_IsNull(string sopClass) => Assert.Null(IodDictionary.Find(sopClass));

    [Fact]
    public void Find_EveryStorageClass_IsReadAndKnowsWhoThePatientIs()
    {
        var iods = SopClassRegistry.Storage.Select(c => (c.Uid, Iod: IodDictionary.Find(c.Uid))).Where(c => c.Iod is not null).ToList();
        Assert.InRange(iods.Count, 130, SopClassRegistry.Storage.Count);
        foreach (var (uid, iod) in iods)
        {
            Assert.All(iod!.Attributes, a => Assert.NotNull(DataElementDictionary.KeywordOf(a.Tag)));
            Assert.Equal(iod.Attributes.Count, iod.Attributes.DistinctBy(a => a.Tag).Count());
            Assert.True(iod.Attributes.Any(a => a.Tag == Tags.SOPInstanceUID && a.Type == 1), uid);
        }
    }
}
