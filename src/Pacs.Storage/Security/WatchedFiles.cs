using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace Pacs.Storage.Security;

/// <summary>
/// What some small files hold, read again when they have changed: they are compared at each use, so that links that are
/// turned and files that are written anew within a second are noticed too. New ones that cannot be used change nothing.
/// </summary>
internal sealed class WatchedFiles<T>(IReadOnlyList<string> files, Func<IReadOnlyList<byte[]>, T> read, ILogger logger) where T : class
{
    /// <summary>Bytes of a file; certificates are a few thousand.</summary>
    private const int MaxLength = 16 << 20;

    private readonly Lock _lock = new();
    private T? _current;
    private byte[] _seen = [];
    private string? _told;

    /// <exception cref="IOException">They cannot be read, and never could.</exception>
    /// <exception cref="CryptographicException">They are not what they should be, and never were.</exception>
    public T Current()
    {
        lock (_lock)
        {
            try
            {
                List<byte[]> contents = [.. files.Select(Read)];
                var seen = SHA256.HashData([.. contents.SelectMany(SHA256.HashData)]);
                if (_current is not null && seen.AsSpan().SequenceEqual(_seen)) return _current;
                var isFirst = _current is null;
                _current = read(contents);
                (_seen, _told) = (seen, null);
                if (!isFirst) logger.FilesRead(string.Join(", ", files));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException && _current is not null)
            {
                if (_told != e.Message) logger.FilesUnusable(string.Join(", ", files), e.Message);
                _told = e.Message;
            }
            return _current!;
        }
    }

    private static byte[] Read(string file) =>
        new FileInfo(file).Length <= MaxLength ? File.ReadAllBytes(file) : throw new IOException($"{file} is too long for a certificate.");
}
