using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Conformance;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Find;

/// <summary>Every key of the conformance statement matches and comes back, in every model and at every level that has it.</summary>
public sealed class FindKeysTests(KeyArchive archive) : IClassFixture<KeyArchive>
{
    private static readonly string[] Levels = ["PATIENT", "STUDY", "SERIES", "IMAGE"];
    private static readonly Tag[] UniqueKeys = [Tags.PatientID, Tags.StudyInstanceUID, Tags.SeriesInstanceUID, Tags.SOPInstanceUID];

    public static TheoryData<string> Keys => [.. KeyRow.All.Keys];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Find_EveryKeyOfTheTable_MatchesAndReturns(string name)
    {
        var row = KeyRow.All[name];
        var isCode = DataElementDictionary.VrOf(row.Attribute) == Vr.SQ;
        IReadOnlyList<Tag> path = isCode ? [.. row.Path, Tags.CodeValue] : row.Path;
        foreach (var (model, level) in Models(row.Level))
        {
            var wanted = archive.Wanted[row.Objects];
            var values = KeyObjects.Values(row, wanted);

            // Asked for with no value, it is returned.
            var all = archive.Server.Find(Identifier(level, wanted, path, [], exactly: true), model);
            Assert.Contains(all, match => KeyObjects.At(match, path).SequenceEqual(values));

            // With a value of one, what has it is found; with one that none has, nothing is.
            var matches = archive.Server.Find(Identifier(level, wanted, path, [values[^1]]), model);
            Assert.All(matches, match => Assert.Equal(values, KeyObjects.At(match, path)));
            Assert.Contains(matches, match => match.GetString(UniqueKeys[Array.IndexOf(Levels, level)]) == wanted.GetString(UniqueKeys[Array.IndexOf(Levels, level)]));
            if (KeyObjects.IsOfOneOnly(row)) Assert.Single(matches);
            Assert.Empty(archive.Server.Find(Identifier(level, wanted, path, [KeyObjects.Other(path[^1])]), model));
        }
    }

    [Fact]
    public void Find_AttributesOfTheHeaderInNoTable_MatchAndReturn()
    {
        var block = new Tag(0x0029, 0x0010);
        var element = new Tag(0x0029, 0x1001);
        SampleObject Stored(string creator) => SampleObjects.Ct(SampleOptions.Fresh() with
        {
            Rows = 8,
            Columns = 8,
            Customize = d => d.Set(Tags.ReconstructionDiameter, "250.5").Set(block, Vr.LO, creator).Set(element, Vr.LO, "Inner"),
        });
        var (ours, others) = (Stored("ACME 1.0"), Stored("OTHER"));
        archive.Server.Store(ours);
        archive.Server.Store(others);
        DicomDataset Of(SampleObject sample) => new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "IMAGE")
            .Set(Tags.StudyInstanceUID, sample.StudyInstanceUid).Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid);

        Assert.Equal("250.5", Assert.Single(archive.Server.Find(Of(ours).Set(Tags.ReconstructionDiameter, "250.50"))).GetString(Tags.ReconstructionDiameter));
        Assert.Empty(archive.Server.Find(Of(ours).Set(Tags.ReconstructionDiameter, "251")));

        var match = Assert.Single(archive.Server.Find(Of(ours).Set(block, Vr.LO, "ACME 1.0").Set(element, Vr.LO, "In*")));
        Assert.Equal(("ACME 1.0", "Inner"), (match.GetString(block), match.GetString(element)));
        Assert.Empty(archive.Server.Find(Of(others).Set(block, Vr.LO, "ACME 1.0").Set(element, Vr.LO, "In*")));

        // The creator's elements in another block, without VRs.
        var elsewhere = SampleObjects.Ct(SampleOptions.Fresh() with
        {
            TransferSyntax = TransferSyntaxRegistry.ImplicitVrLittleEndian,
            Rows = 8,
            Columns = 8,
            Customize = d => d.Set(new Tag(0x0029, 0x00E0), Vr.LO, "ACME 1.0").Set(new Tag(0x0029, 0xE001), Vr.LO, "Inside"),
        });
        archive.Server.Store(elsewhere);
        match = Assert.Single(archive.Server.Find(Of(elsewhere).Set(block, Vr.LO, "ACME 1.0").Set(element, Vr.LO, "Inside")));
        Assert.Equal("ACME 1.0", match.GetString(block));
        Assert.True(match.Contains(element));
    }

    /// <summary>The models that have the level; attributes of a patient are of the study in Study Root.</summary>
    private static IEnumerable<(string Model, string Level)> Models(string level)
    {
        yield return (Uids.PatientRootQueryRetrieveInformationModelFind, level);
        yield return (Uids.StudyRootQueryRetrieveInformationModelFind, level == "PATIENT" ? "STUDY" : level);
        if (level is "PATIENT" or "STUDY") yield return (Uids.PatientStudyOnlyQueryRetrieveInformationModelFind, level);
    }

    private static DicomDataset Identifier(string level, DicomDataset wanted, IReadOnlyList<Tag> path, IReadOnlyList<string> values, bool exactly = false)
    {
        var identifier = new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, level);
        foreach (var key in UniqueKeys.Take(Array.IndexOf(Levels, level) + (exactly ? 1 : 0)))
            identifier.Set(key, wanted.GetString(key) ?? "");
        if (!identifier.Contains(UniqueKeys[Array.IndexOf(Levels, level)])) identifier.Set(UniqueKeys[Array.IndexOf(Levels, level)], "");
        if (path.Count > 1 || values.Count > 0 || !identifier.Contains(path[0])) Set(identifier, path, values);
        return identifier;
    }

    private static void Set(DicomDataset dataset, IReadOnlyList<Tag> path, IReadOnlyList<string> values)
    {
        if (path.Count == 1)
        {
            dataset.Set(path[0], values);
            return;
        }
        var item = new DicomDataset();
        Set(item, [.. path.Skip(1)], values);
        dataset.Set(path[0], item);
    }
}
