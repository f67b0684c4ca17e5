using Microsoft.Extensions.Logging;
using Npgsql;
using Pacs.Storage.Hosting;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Access;

/// <summary>
/// Listeners, access rules and peers as the database has them now. One small read tells whether what is remembered is
/// still so; while the database is away, what was read last goes on.
/// </summary>
public sealed class AccessSnapshots(NpgsqlDataSource database, ListenerStore listeners, AccessRuleStore rules, PeerStore peers, PacsOptions options, TimeProvider time, ILogger<AccessSnapshots> logger) : IDisposable
{
    /// <summary>After a failure the database is not asked for so long: associations do not each wait for it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Seconds for the database to answer: a caller waits.</summary>
    private const int Patience = 3;

    private readonly SemaphoreSlim _loading = new(1, 1);
    private volatile AccessSnapshot? _last;
    private volatile IReadOnlyList<string> _faults = [];
    private long _failedAt;

    /// <summary>What could not be read, for a person: peers, who are shut out meanwhile, or what keeps the whole as it was.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>As committed before the call. Null when the database never answered.</summary>
    public async ValueTask<AccessSnapshot?> CurrentAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _failedAt) is var failedAt and not 0 && time.GetElapsedTime(failedAt) < Pause) return _last;
        try
        {
            var version = await VersionAsync(cancellation);
            var current = _last is { } last && last.IsOf(version, options.Dimse) ? last : await LoadAsync(version, cancellation);
            if (Interlocked.Exchange(ref _failedAt, 0) != 0) logger.SnapshotReadAgain();
            return current;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or UnreadableSettingsException)
        {
            if (e is UnreadableSettingsException) _faults = [e.Message];
            if (Interlocked.Exchange(ref _failedAt, time.GetTimestamp()) == 0) logger.SnapshotNotRead(e.Message);
            return _last;
        }
    }

    public void Dispose() => _loading.Dispose();

    private async Task<long> VersionAsync(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("SELECT version FROM access_version");
        command.CommandTimeout = Patience;
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    private async Task<AccessSnapshot> LoadAsync(long version, CancellationToken cancellation)
    {
        await _loading.WaitAsync(cancellation);
        try
        {
            // What is read after its version may be newer, never older: then the next look reads it again.
            if (_last is { } last && last.IsOf(version, options.Dimse)) return last;
            var shut = new List<UnreadableSettingsException>();
            var read = new AccessSnapshot(
                version, options.Dimse, await listeners.ListAsync(cancellation), await rules.ListAsync(cancellation), await peers.ListAsync(cancellation, shut), shut.Select(p => p.Key));
            foreach (var peer in shut) logger.PeerNotRead(peer.Message);
            _faults = [.. shut.Select(p => p.Message)];
            return _last = read;
        }
        finally
        {
            _loading.Release();
        }
    }
}
