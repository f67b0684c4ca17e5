using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.Storage.Retrieval;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Store;

/// <summary>What a sender is told when its object cannot be kept, and what the log says of it (PS3.4 Table B.2-1).</summary>
public sealed class StoreFailureTests
{
    private static readonly SampleObject Sample = SampleObjects.Ct(SampleOptions.Fresh() with { PatientName = "Secret^Sue", PatientId = "SECRET" });

    [Fact]
    public async Task Store_ReserveOfTheDiskIsUsedUp_AnswersA700() =>
        await AssertRefusedAsync(DimseStatus.OutOfResources, _ => { }, ("Pacs:Storage:ReserveBytes", $"{long.MaxValue / 2}"));

    [Fact]
    public async Task Store_DatabaseCannotCommit_AnswersA700() =>
        await AssertRefusedAsync(DimseStatus.OutOfResources, server =>
        {
            using var other = new PostgresFixture();
            var name = new NpgsqlConnectionStringBuilder(server.Postgres.ConnectionString).Database;
            other.Query($"ALTER DATABASE {name} ALLOW_CONNECTIONS false");
            other.Query($"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '{name}'");
        }, ("Pacs:Database:IngestTimeoutSeconds", "1"));

    [Fact]
    public async Task Store_IndexDoesNotTakeIt_Answers0110() =>
        await AssertRefusedAsync(DimseStatus.ProcessingFailure, server => server.Postgres.Query("ALTER TABLE instances ADD CONSTRAINT none CHECK (false) NOT VALID"));

    [Fact]
    public async Task Store_NotADataset_AnswersC000() => await AssertRefusedAsync(DimseStatus.CannotUnderstand, _ => { }, bytes: [1, 2, 3, 4, 5, 6, 7, 8, 9]);

    [Fact]
    public async Task Store_OtherUidThanTheCommands_AnswersA900() =>
        await AssertRefusedAsync(DimseStatus.DatasetDoesNotMatchSopClass, _ => { }, sopInstanceUid: "1.2.3.4", logged: Sample.SopInstanceUid);

    [Fact]
    public async Task Store_NoStorageClass_Answers0122() =>
        await AssertRefusedAsync(DimseStatus.SopClassNotSupported, _ => { }, sopClassUid: Uids.Verification);

    private static Task AssertRefusedAsync(DimseStatus expected, Action<DimseFixture> arrange, params (string Key, string Value)[] settings) =>
        AssertRefusedAsync(expected, arrange, null, settings: settings);

    private static async Task AssertRefusedAsync(DimseStatus expected, Action<DimseFixture> arrange, byte[]? bytes = null,
        string? sopClassUid = null, string? sopInstanceUid = null, string? logged = null, params (string Key, string Value)[] settings)
    {
        using var log = new Lines();
        await using var server = await DimseFixture.StartAsync(services => services.AddSingleton<ILoggerProvider>(log), settings);
        arrange(server);
        CommandSet response;
        using (var association = server.Connect(new ProposedContext(Sample.SopClassUid, Sample.TransferSyntax.Uid)))
        {
            response = DimseFixture.Store(association, Sample, bytes ?? Sample.ToDatasetBytes(), sopClassUid, sopInstanceUid);
            // Each is the end of one object, not of the association.
            DimseFixture.Store(association, Sample, [], sopClassUid: Uids.Verification);
        }
        Assert.Equal(expected, response.Status);
        Assert.InRange(response.ErrorComment?.Length ?? 0, 1, 64);
        Assert.Contains(log, l => l.Contains(logged ?? Sample.SopInstanceUid, StringComparison.Ordinal) && l.Contains(expected.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain(log, l => l.Contains("secret", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>What is logged as a warning or worse.</summary>
    private sealed class Lines : ConcurrentQueue<string>, ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;
        public void Dispose() { }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Enqueue($"{formatter(state, exception)} {exception}");
    }
}
