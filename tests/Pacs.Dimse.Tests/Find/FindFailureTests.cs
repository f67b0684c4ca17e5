using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Find;

public sealed class FindFailureTests
{
    private const string StudyRoot = Uids.StudyRootQueryRetrieveInformationModelFind;

    [Fact]
    public async Task Find_TimeIsSpent_AnswersA700()
    {
        await using var server = await DimseFixture.StartAsync(("Pacs:Queries:TimeBudgetSeconds", "0.000001"));
        server.Store(SampleObjects.Ct(SampleOptions.Fresh()));
        var (matches, final) = server.TryFind(new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, "STUDY").Set(Tags.PatientComments, "none"));
        Assert.Empty(matches);
        Assert.Equal(DimseStatus.OutOfResources, final.Status);
        Assert.InRange(final.Command.ErrorComment?.Length ?? 0, 1, 64);
    }

    [Fact]
    public async Task Find_HeaderCannotBeRead_AnswersC001AndGoesOn()
    {
        await using var server = await DimseFixture.StartAsync();
        var sample = SampleObjects.Ct(SampleOptions.Fresh());
        server.Store(sample);
        await using (var command = server.Get<NpgsqlDataSource>().CreateCommand(@"UPDATE instances SET header = '\xff00ff'")) await command.ExecuteNonQueryAsync();

        using var association = server.Connect(new ProposedContext(StudyRoot, Uids.ExplicitVRLittleEndian));
        DicomDataset Identifier(string level) => new DicomDataset().Set(Tags.QueryRetrieveLevel, Vr.CS, level).Set(Tags.StudyInstanceUID, sample.StudyInstanceUid);
        var failed = association.Find(StudyRoot, Identifier("IMAGE").Set(Tags.SeriesInstanceUID, sample.SeriesInstanceUid).Set(Tags.KVP, "")).Last();
        Assert.Equal(DimseStatus.UnableToProcess, failed.Status);
        Assert.InRange(failed.Command.ErrorComment?.Length ?? 0, 1, 64);
        Assert.Equal([DimseStatus.Pending, DimseStatus.Success], association.Find(StudyRoot, Identifier("STUDY")).Select(r => r.Status));
    }
}
