using Npgsql;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Ingest;
using Pacs.Storage.Queries;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Queries;

/// <summary>An archive on real PostgreSQL for one test class, filled through ingest.</summary>
public class QueryArchive : IDisposable
{
    private readonly PostgresFixture _postgres = new();

    public QueryArchive() => Process = _postgres.StartProcess();

    public StorageProcess Process { get; }
    public QueryEngine Engine => Process.Get<QueryEngine>();
    public NpgsqlDataSource DataSource => Process.Get<NpgsqlDataSource>();

    public StorageProcess StartAnother(params (string Key, string Value)[] settings)
    {
        // A made-up index has no blobs; a start on an empty blob folder would be refused.
        Directory.CreateDirectory(Path.Combine(_postgres.DataFolder, "blobs", "2026"));
        return _postgres.StartProcess(settings);
    }

    public IngestResult Store(SampleObject sample)
    {
        using var session = Process.Get<IngestService>().Begin(new IngestRequest(sample.TransferSyntax, new IngestSource("Test")));
        session.Write(sample.ToDatasetBytes());
        var result = session.Complete();
        Assert.True(result.IsSuccess, $"{result.Outcome}: {result.Message}");
        return result;
    }

    public async Task<List<DicomDataset>> RunAsync(QuerySpec query) => await RunAsync(Engine, query);

    public static async Task<List<DicomDataset>> RunAsync(QueryEngine engine, QuerySpec query)
    {
        var answers = new List<DicomDataset>();
        await foreach (var answer in engine.RunAsync(query, CancellationToken.None)) answers.Add(answer);
        return answers;
    }

    /// <summary>A key as a user writes it: values with backslashes between; "RequestAttributesSequence.RequestedProcedureID" for one in items.</summary>
    public static MatchingKey Key(string path, string value)
    {
        var tags = path.Split('.').Select(k => DataElementDictionary.TryParse(k, out var tag) ? tag : throw new ArgumentException($"{k} is no keyword.", nameof(path))).ToArray();
        return new MatchingKey(new AttributePath(tags), DataElementDictionary.VrOf(tags[^1]), value.Split('\\'));
    }

    public static QuerySpec Query(QueryLevel level, params (string Path, string Value)[] keys) =>
        new(level) { Keys = [.. keys.Select(k => Key(k.Path, k.Value))], Return = [.. keys.Select(k => Key(k.Path, "").Path)] };

    /// <summary>The unique key of the level.</summary>
    public static string UniqueKey(QueryLevel level, DicomDataset answer) => answer.GetString(UniqueTag(level)) ?? "";

    public static Tag UniqueTag(QueryLevel level) => level switch
    {
        QueryLevel.Patient => Tags.PatientID,
        QueryLevel.Study => Tags.StudyInstanceUID,
        QueryLevel.Series => Tags.SeriesInstanceUID,
        _ => Tags.SOPInstanceUID,
    };

    public virtual void Dispose()
    {
        Process.Dispose();
        _postgres.Dispose();
        GC.SuppressFinalize(this);
    }
}
