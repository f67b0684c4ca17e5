using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Worklist;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.ProcedureSteps;

/// <summary>A database that is away, and comes back.</summary>
public sealed class ProcedureStepFailureTests
{
    [Fact]
    public async Task Create_DatabaseIsAway_Answers0213AndGoesOn()
    {
        await using var server = await DimseFixture.StartAsync();
        await server.Get<WorklistStore>().PutAsync([WorklistSamples.Minimal("1")], default);
        using var association = server.Connect(
            new ProposedContext(Uids.ModalityPerformedProcedureStep, Uids.ImplicitVRLittleEndian), new ProposedContext(Uids.ModalityWorklistInformationModelFind, Uids.ImplicitVRLittleEndian));
        var uid = Uid.Generate();
        using var elsewhere = new PostgresFixture();
        var database = new NpgsqlConnectionStringBuilder(server.Postgres.ConnectionString).Database;
        elsewhere.Query($"ALTER DATABASE {database} ALLOW_CONNECTIONS false");
        try
        {
            elsewhere.Query($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{database}'");
            Assert.Equal(DimseStatus.ResourceLimitation, Create().Status);
            Assert.Equal(DimseStatus.UnableToProcess, List().Status);
        }
        finally
        {
            elsewhere.Query($"ALTER DATABASE {database} ALLOW_CONNECTIONS true");
        }
        await Eventually.TrueAsync(() => Create().Status.IsSuccess);
        Assert.True(List().Status.IsSuccess);

        CommandSet Create() => association.Send(
            association.FindContexts(Uids.ModalityPerformedProcedureStep)[0],
            new CommandSet { Command = CommandField.NCreateRq, AffectedSopClassUid = Uids.ModalityPerformedProcedureStep, AffectedSopInstanceUid = uid },
            ProcedureStepSamples.Create("1")).Last().Command;
        CommandSet List() => association.Find(Uids.ModalityWorklistInformationModelFind, new DicomDataset().Set(Tags.PatientID, "")).Last().Command;
    }
}
