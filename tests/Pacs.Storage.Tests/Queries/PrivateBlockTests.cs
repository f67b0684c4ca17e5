using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Queries;

namespace Pacs.Storage.Tests.Queries;

public sealed class PrivateBlockTests
{
    [Theory]
    // As it is asked for.
    [InlineData("0010=ACME 1001=x", "0010=ACME 1001=x")]
    // In another block: moved.
    [InlineData("0012=ACME 1201=x 12FF=y", "0010=ACME 1001=x 10FF=y")]
    // Two creators the other way round: exchanged.
    [InlineData("0010=OTHER 0011=ACME 1001=o 1101=x", "0010=ACME 0011=OTHER 1001=x 1101=o")]
    // Not there: what another creator has in the block is not taken for it.
    [InlineData("0010=OTHER 1001=o", "00FF=OTHER FF01=o")]
    [InlineData("00FF=THIRD 0010=OTHER 1001=o FF01=t", "00FE=OTHER 00FF=THIRD FE01=o FF01=t")]
    [InlineData("1001=orphan", "FF01=orphan")]
    [InlineData("", "")]
    public void Arrange_Creator_IsInTheBlockAskedFor(string before, string after)
    {
        var dataset = Read(before);
        new PrivateBlock(new AttributePath(new Tag(0x0029, 0x0010)), "ACME").Arrange(dataset);
        Assert.Equal(after, Text(dataset));
    }

    [Fact]
    public void Arrange_InASequence_ArrangesEachItem()
    {
        DicomDataset[] items = [Read("0011=ACME 1101=x"), Read("0010=OTHER 1001=o")];
        var dataset = new DicomDataset().Set(Tags.RequestAttributesSequence, items);
        new PrivateBlock(new AttributePath(Tags.RequestAttributesSequence, new Tag(0x0029, 0x0010)), "ACME").Arrange(dataset);
        Assert.Equal(["0010=ACME 1001=x", "00FF=OTHER FF01=o"], dataset.GetItems(Tags.RequestAttributesSequence).Select(Text));
    }

    [Fact]
    public void Arrange_SequencesAndBulkData_MoveAsWhatTheyAre()
    {
        var dataset = Read("0011=ACME").Set(new Tag(0x0029, 0x1101), new DicomDataset().Set(Tags.CodeValue, "1")).Set(new BulkElement(new Tag(0x0029, 0x1102), Vr.OB, 100, 5000, false));
        new PrivateBlock(new AttributePath(new Tag(0x0029, 0x0010)), "ACME").Arrange(dataset);
        Assert.Equal("1", Assert.Single(dataset.GetItems(new Tag(0x0029, 0x1001))).GetString(Tags.CodeValue));
        Assert.Equal(Vr.OB, dataset[new Tag(0x0029, 0x1002)]!.Vr);
    }

    [Fact]
    public void Arrange_NoBlockIsFree_LeavesOutWhatIsInTheWay()
    {
        var dataset = new DicomDataset();
        for (var block = 0x10; block <= 0xFF; block++) dataset.Set(new Tag(0x0029, (ushort)block), Vr.LO, $"C{block}").Set(new Tag(0x0029, (ushort)((block << 8) | 1)), Vr.LO, $"V{block}");
        new PrivateBlock(new AttributePath(new Tag(0x0029, 0x0010)), "ACME").Arrange(dataset);
        Assert.Equal(2 * 0xEF, dataset.Count);
        Assert.Null(dataset.GetString(new Tag(0x0029, 0x1001)));
        Assert.Equal("V17", dataset.GetString(new Tag(0x0029, 0x1101)));
    }

    private static DicomDataset Read(string elements)
    {
        var dataset = new DicomDataset();
        foreach (var element in elements.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            dataset.Set(new Tag(0x0029, Convert.ToUInt16(element[..4], 16)), Vr.LO, element[5..]);
        return dataset;
    }

    private static string Text(DicomDataset dataset) => string.Join(' ', dataset.Select(e => $"{e.Tag.Element:X4}={dataset.GetString(e.Tag)}"));
}
