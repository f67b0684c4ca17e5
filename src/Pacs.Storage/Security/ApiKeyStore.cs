using System.Buffers.Text;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Pacs.Storage.Security;

/// <summary>
/// API keys, of which the database holds only the SHA-256 (they have 256 bits of their own, so that is as good as a slow
/// hash). Checks are answered from memory, at most <see cref="Freshness"/> old.
/// </summary>
public sealed class ApiKeyStore(NpgsqlDataSource database, TimeProvider time) : IDisposable
{
    /// <summary>After this long a new or removed key is in force on every node.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _refreshing = new(1, 1);
    private volatile Snapshot? _snapshot;

    private sealed record Snapshot(long TakenAt, bool IsClosed, FrozenDictionary<string, ApiKey> ByHash);

    /// <summary>Makes a key. The secret is told this once and kept nowhere.</summary>
    public async Task<(ApiKey Key, string Secret)> AddAsync(string name, ApiKeyScope scope, CancellationToken cancellation)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
        var secret = $"pacs_{id}_{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32))}";
        var key = new ApiKey(id, name, scope, time.GetUtcNow());
        await using var command = database.CreateCommand("INSERT INTO api_keys (id, name, scope, hash, created_at) VALUES ($1, $2, $3, $4, $5)");
        command.Parameters.AddRange(new NpgsqlParameter[]
        {
            new NpgsqlParameter<string> { TypedValue = key.Id },
            new NpgsqlParameter<string> { TypedValue = key.Name },
            new NpgsqlParameter<short> { TypedValue = (short)key.Scope },
            new NpgsqlParameter<byte[]> { TypedValue = Hash(secret) },
            new NpgsqlParameter<DateTimeOffset> { TypedValue = key.CreatedAt },
        });
        await command.ExecuteNonQueryAsync(cancellation);
        _snapshot = null;
        return (key, secret);
    }

    /// <summary>The keys in force, oldest first.</summary>
    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellation) =>
        [.. (await LoadAsync(cancellation)).ByHash.Values.OrderBy(k => k.CreatedAt)];

    /// <summary>Takes a key out of force. False when there is none of that identifier.</summary>
    public async Task<bool> RemoveAsync(string id, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("UPDATE api_keys SET revoked_at = now() WHERE id = $1 AND revoked_at IS NULL");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = id });
        var found = await command.ExecuteNonQueryAsync(cancellation) > 0;
        _snapshot = null;
        return found;
    }

    /// <summary>
    /// Whether requests need a key: from the first one ever made on. Removing the last one does not open the archive again;
    /// it answers nobody until another is made.
    /// </summary>
    public async ValueTask<bool> IsClosedAsync(CancellationToken cancellation) => (await CurrentAsync(cancellation)).IsClosed;

    /// <summary>The key of that secret; null when it is none in force.</summary>
    public async ValueTask<ApiKey?> FindAsync(string secret, CancellationToken cancellation) =>
        (await CurrentAsync(cancellation)).ByHash.GetValueOrDefault(Convert.ToHexString(Hash(secret)));

    public void Dispose() => _refreshing.Dispose();

    private async ValueTask<Snapshot> CurrentAsync(CancellationToken cancellation)
    {
        if (Fresh() is { } fresh) return fresh;
        await _refreshing.WaitAsync(cancellation);
        try
        {
            return Fresh() ?? (_snapshot = await LoadAsync(cancellation));
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private Snapshot? Fresh() => _snapshot is { } snapshot && time.GetElapsedTime(snapshot.TakenAt) < Freshness ? snapshot : null;

    private async Task<Snapshot> LoadAsync(CancellationToken cancellation)
    {
        var takenAt = time.GetTimestamp();
        await using var command = database.CreateCommand("SELECT hash, id, name, scope, created_at, revoked_at IS NOT NULL FROM api_keys");
        await using var reader = await command.ExecuteReaderAsync(cancellation);
        var keys = new Dictionary<string, ApiKey>();
        var isClosed = false;
        while (await reader.ReadAsync(cancellation))
        {
            isClosed = true;
            if (reader.GetBoolean(5)) continue;
            keys[Convert.ToHexString(reader.GetFieldValue<byte[]>(0))] =
                new ApiKey(reader.GetString(1), reader.GetString(2), (ApiKeyScope)reader.GetInt16(3), reader.GetFieldValue<DateTimeOffset>(4));
        }
        return new Snapshot(takenAt, isClosed, keys.ToFrozenDictionary());
    }

    private static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));
}
