using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dimse.Find;
using Pacs.Dimse.InformationModels;
using Pacs.Storage.Queries;
using Pacs.TestKit.Samples;
using Pacs.TestKit.Conformance;

namespace Pacs.Dimse.Tests.Find;

public sealed class FindIdentifierTests(DimseFixture server) : IClassFixture<DimseFixture>
{
    private static readonly ExtendedBehavior Everything = new()
    {
        Relational = true,
        CombinedDateTime = true,
        FuzzyMatching = true,
        TimezoneAdjustment = true,
        EmptyValueMatching = true,
        MultipleValueMatching = true,
    };

    /// <summary>Values as odd as they come, with VRs that are not the attribute's.</summary>
    private static readonly string[] Values =
        ["", "*", "?", "\"\"", "1", "-1", "1\\2", "1.5e300", "99999999999999999999", "20240115", "20240101-", "-", "--", "-20240115-", "1200-1300", "20240115120000+0100", "+1500", "a^b=c=d=e", "^^^", "%_\\", "x*y?z", "é", "\u0001"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Parse_AnythingAtAll_IsAnsweredOrRefusedForAReason(int seed)
    {
        server.Store(SampleObjects.StructuredReport(SampleOptions.Fresh()));
        var random = new Random(seed);
        Tag[] tags = [.. KeyRow.All.Values.SelectMany(r => r.Path), Tags.TimezoneOffsetFromUTC, Tags.PixelData, Tags.KVP, new(0x0029, 0x0010), new(0x0029, 0x1001), new(0x0008, 0x0000), new(0x0006, 0x0001)];
        var answered = 0;
        for (var n = 0; n < 200; n++)
        {
            var model = InformationModel.All[random.Next(3)];
            var identifier = new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, InformationModel.TermOf(model.Levels[random.Next(model.Levels.Count)]));
            Fill(identifier, tags, random, 0);
            try
            {
                var query = FindIdentifier.Parse(identifier, model, random.Next(4) == 0 ? default : Everything).Query with { Limit = 3 };
                await foreach (var match in server.Get<QueryEngine>().RunAsync(query, CancellationToken.None)) Assert.NotNull(match);
                answered++;
            }
            catch (Exception e) when (e is IdentifierException or QueryException)
            {
                Assert.NotEmpty(e.Message);
            }
        }
        Assert.InRange(answered, 20, 180);
    }

    private static void Fill(DicomDataset dataset, Tag[] tags, Random random, int depth)
    {
        for (var n = random.Next(1, 5); n > 0; n--)
        {
            var tag = tags[random.Next(tags.Length)];
            var vr = DataElementDictionary.VrOf(tag);
            if (vr == Vr.SQ && depth < 3 && random.Next(8) > 0)
            {
                var item = new DicomDataset();
                Fill(item, tags, random, depth + 1);
                dataset.Set(tag, random.Next(5) == 0 ? [] : [item]);
                continue;
            }
            if (vr == Vr.SQ || random.Next(8) == 0) vr = new[] { Vr.LO, Vr.UN, Vr.OB, Vr.US, Vr.PN, Vr.DA, Vr.UI, Vr.FD, Vr.AT }[random.Next(9)];
            if (vr.IsText) dataset.Set(tag, vr, Values[random.Next(Values.Length)].Split('\\'));
            else
            {
                var bytes = new byte[random.Next(3) * 8];
                random.NextBytes(bytes);
                dataset.Set(new ValueElement(tag, vr, bytes));
            }
        }
    }
}
