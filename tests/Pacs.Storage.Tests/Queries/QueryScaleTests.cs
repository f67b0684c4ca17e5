using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;
using Pacs.Storage.Hosting;
using Pacs.Storage.Queries;
using Pacs.Storage.Queries.Matching;
using Pacs.Storage.Queries.Sql;
using Pacs.Storage.Retrieval;
using Pacs.TestKit.Samples;
using static Pacs.Storage.Tests.Queries.QueryArchive;

namespace Pacs.Storage.Tests.Queries;

/// <summary>At 50,000 studies: no query that is asked every day reads a whole table, one that nothing narrows ends, paging is stable.</summary>
public sealed partial class QueryScaleTests(QueryScaleTests.Archive archive) : IClassFixture<QueryScaleTests.Archive>
{
    private const int Studies = 50_000;

    public sealed class Archive : QueryArchive
    {
        public Archive() => SyntheticIndex.FillAsync(DataSource, Studies).GetAwaiter().GetResult();
    }

    [Theory]
    [InlineData(QueryLevel.Study, "PatientID", "PID00000077")]
    [InlineData(QueryLevel.Study, "PatientID", "PID0000007*")]
    [InlineData(QueryLevel.Study, "AccessionNumber", "A000000500")]
    [InlineData(QueryLevel.Study, "AccessionNumber", "A0000005*")]
    [InlineData(QueryLevel.Study, "StudyInstanceUID", "2.25.1.500")]
    [InlineData(QueryLevel.Study, "StudyDate", "20180203")]
    [InlineData(QueryLevel.Study, "StudyDate", "20180203-20180210")]
    [InlineData(QueryLevel.Study, "StudyDate", "20150203-20150310")]
    [InlineData(QueryLevel.Study, "StudyDate", "-20150203")]
    [InlineData(QueryLevel.Series, "StudyDate", "20150203-20150310")]
    [InlineData(QueryLevel.Study, "PatientName", "smitha^james^a")]
    [InlineData(QueryLevel.Study, "PatientName", "smitha*")]
    [InlineData(QueryLevel.Study, "PatientName", "s*")]
    [InlineData(QueryLevel.Study, "PatientName", "*ichter*")]
    [InlineData(QueryLevel.Study, "PatientName", "*zzzz*")]
    [InlineData(QueryLevel.Study, "PatientBirthDate", "19500101")]
    [InlineData(QueryLevel.Study, "StudyDescription", "*head 7*")]
    [InlineData(QueryLevel.Study, "ReferringPhysicianName", "koh*")]
    [InlineData(QueryLevel.Study, "ModalitiesInStudy", "CT")]
    [InlineData(QueryLevel.Study, "ModalitiesInStudy", "XA")]
    [InlineData(QueryLevel.Study, "ModalitiesInStudy", SyntheticIndex.RareModality)]
    [InlineData(QueryLevel.Study, "ModalitiesInStudy", "SM")]
    [InlineData(QueryLevel.Study, "ModalitiesInStudy+StudyDate", "XA+20180203")]
    [InlineData(QueryLevel.Study, "PatientID", "")]
    [InlineData(QueryLevel.Patient, "PatientID", "")]
    [InlineData(QueryLevel.Patient, "PatientName", "smitha*")]
    [InlineData(QueryLevel.Series, "StudyInstanceUID", "2.25.1.500")]
    [InlineData(QueryLevel.Series, "SeriesInstanceUID", "2.25.1.500.1")]
    [InlineData(QueryLevel.Series, "PatientID", "PID00000077")]
    [InlineData(QueryLevel.Series, "Modality", "CT")]
    [InlineData(QueryLevel.Series, "StudyDate", "20180203")]
    [InlineData(QueryLevel.Instance, "StudyInstanceUID+SeriesInstanceUID", "2.25.1.500+2.25.1.500.1")]
    [InlineData(QueryLevel.Instance, "StudyInstanceUID", "2.25.1.500")]
    [InlineData(QueryLevel.Instance, "SOPInstanceUID", "2.25.1.500.1.1")]
    [InlineData(QueryLevel.Instance, "PatientID", "PID00000077")]
    [InlineData(QueryLevel.Instance, "InstanceNumber", "")]
    public async Task Explain_EverydayQuery_ReadsFewRows(QueryLevel level, string keys, string values)
    {
        var query = Query(level, [.. keys.Split('+').Zip(values.Split('+'))]);
        var plan = await ExplainAsync(query, 25, 0);
        var scan = SeqScan().Match(plan);
        Assert.False(scan.Success, $"Reads all of {scan.Groups[1].Value}:\n{plan}");
        var removed = RemovedRows().Matches(plan).Sum(m => long.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        Assert.True(removed < 5_000, $"Reads {removed} rows for nothing:\n{plan}");
    }

    [Fact]
    public async Task Explain_DeepPage_ReadsNothingButTheIndex()
    {
        var plan = await ExplainAsync(Query(QueryLevel.Study), 25, 10_000);
        Assert.Contains("Index Only Scan Backward using studies_pkey", plan, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NothingNarrows_IsRefusedWhenTimeIsUp()
    {
        var options = new PacsOptions { Queries = new QueryOptions { TimeBudgetSeconds = 100 } };
        var engine = new QueryEngine(archive.DataSource, archive.Process.Get<HeaderReader>(), options, new SecondAtEachLook());
        var fault = await Assert.ThrowsAsync<QueryException>(() => RunAsync(engine, Query(QueryLevel.Study, ("PatientComments", "none"))));
        Assert.Equal(QueryError.TooBroad, fault.Error);
        Assert.Single(await RunAsync(engine, Query(QueryLevel.Study, ("StudyInstanceUID", "2.25.1.500"))));
    }

    [Fact]
    public async Task Run_DatabaseTakesTooLong_IsRefusedWhenTimeIsUp()
    {
        await using var busy = await HoldStudiesAsync();
        using var impatient = archive.StartAnother(("Pacs:Queries:TimeBudgetSeconds", "0.2"));
        var fault = await Assert.ThrowsAsync<QueryException>(() => RunAsync(impatient.Get<QueryEngine>(), Query(QueryLevel.Study)));
        Assert.Equal(QueryError.TooBroad, fault.Error);
    }

    [Fact]
    public async Task Run_CancelledWhileNothingMatches_EndsAndHeldNoThread()
    {
        using var stop = new CancellationTokenSource();
        await using var busy = await HoldStudiesAsync();
        await using var matches = archive.Engine.RunAsync(Query(QueryLevel.Study, ("PatientComments", "none")), stop.Token).GetAsyncEnumerator();
        var next = matches.MoveNextAsync().AsTask();
        Assert.False(next.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Theory]
    [InlineData(QueryLevel.Study)]
    [InlineData(QueryLevel.Series)]
    [InlineData(QueryLevel.Instance)]
    public async Task Run_StudiesComeInMeanwhile_TellsEachOnceInOrder(QueryLevel level)
    {
        var query = new QuerySpec(level) { Limit = 1_700 };
        var before = (await archive.RunAsync(query)).ConvertAll(a => UniqueKey(level, a));
        var found = new List<string>();
        await foreach (var answer in archive.Engine.RunAsync(query, CancellationToken.None))
        {
            found.Add(UniqueKey(level, answer));
            if (found.Count is 50 or 600) await AddStudyAsync($"{level}.{found.Count}");
        }
        Assert.Equal(before, found);
    }

    /// <summary>Until the connection is closed no query ends, however fast the machine.</summary>
    private async Task<NpgsqlConnection> HoldStudiesAsync()
    {
        var connection = await archive.DataSource.OpenConnectionAsync();
        await using var hold = new NpgsqlCommand("BEGIN; LOCK TABLE studies", connection);
        await hold.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task AddStudyAsync(string name)
    {
        await using var command = archive.DataSource.CreateCommand(
            """
            WITH s AS (INSERT INTO studies (patient_key, study_instance_uid, study_date, study_time, accession_number, study_id, description, referring_physician_name, referring_physician_name_key, attributes)
                SELECT patient_key, '2.25.9.' || $1, '20260101', '', '', '', '', '', '', attributes FROM studies ORDER BY id LIMIT 1 RETURNING id),
            r AS (INSERT INTO series (study_key, series_instance_uid, modality, description, body_part, station_name, institution_name, laterality, performed_start_date, performed_start_time, performed_step_id, attributes)
                SELECT s.id, '2.25.9.1.' || $1, 'CT', '', '', '', '', '', '', '', '', attributes FROM (SELECT attributes FROM series ORDER BY id LIMIT 1) x, s RETURNING id)
            INSERT INTO instances (series_key, sop_instance_uid, sop_class_uid, transfer_syntax_uid, content_date, content_time, blob_key, blob_length, dataset_offset, dataset_crc, is_lossy, protocol, calling_ae_title, remote_address, received_at)
                SELECT r.id, '2.25.9.1.1.' || $1, '1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.1.2.1', '', '', 'none', 0, 0, 0, false, '', '', '', now() FROM r
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        await command.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task Run_DatabaseIsGone_SaysSo()
    {
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=x;Database=x;Timeout=2");
        var engine = new QueryEngine(nowhere, archive.Process.Get<HeaderReader>(), new PacsOptions(), TimeProvider.System);
        Assert.Equal(QueryError.Unavailable, (await Assert.ThrowsAsync<QueryException>(() => RunAsync(engine, Query(QueryLevel.Study)))).Error);
    }

    private async Task<string> ExplainAsync(QuerySpec query, int limit, int offset)
    {
        var statement = new QueryStatement(query, ConditionReader.Read(query), new Selection(query, []));
        await using var connection = await archive.DataSource.OpenConnectionAsync();
        await statement.PrepareAsync(connection, CancellationToken.None);
        await using var batch = statement.ToBatch(connection, null, limit, offset);
        var command = batch.BatchCommands[^1];
        command.CommandText = "EXPLAIN (ANALYZE, TIMING OFF) " + command.CommandText;
        await using var reader = await batch.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return string.Join('\n', lines);
    }

    /// <summary>A clock by which everything takes long, and the same on every machine.</summary>
    private sealed class SecondAtEachLook : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => Interlocked.Add(ref _now, TimestampFrequency);
    }

    [GeneratedRegex(@"Seq Scan on (studies|patients|series|instances)")]
    private static partial Regex SeqScan();

    [GeneratedRegex(@"Rows Removed by (?:Filter|Index Recheck|Join Filter): (\d+)")]
    private static partial Regex RemovedRows();
}
