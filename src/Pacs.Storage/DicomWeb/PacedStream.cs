using System.Diagnostics;
using Pacs.Storage.Retrieval;

namespace Pacs.Storage.DicomWeb;

/// <summary>
/// The body of an answer, from a server that may be slow on purpose: so many bytes have to come within the limit, or the end. Only
/// the time spent waiting counts, so that a slow disk here is not held against the server.
/// </summary>
internal sealed class PacedStream(Stream body, WebDeadline deadline, TimeSpan limit) : ReadOnlyStream
{
    /// <summary>Bytes that show progress.</summary>
    public const int Step = 16 * 1024;

    private TimeSpan _waited;
    private int _came;

    /// <exception cref="DicomWebException">It came too slowly, or broke off.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var began = Stopwatch.GetTimestamp();
        var rest = limit - _waited;
        try
        {
            deadline.Within(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
            var read = await body.ReadAsync(buffer, deadline.Token);
            deadline.Pause();
            Count(read, Stopwatch.GetElapsedTime(began));
            return read;
        }
        catch (OperationCanceledException) when (deadline.IsOver)
        {
            throw new DicomWebException(DicomWebFailure.MayPass, $"The server sent less than {Step} bytes within {limit.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new DicomWebException(DicomWebFailure.MayPass, $"The answer broke off: {e.GetBaseException().Message}", e);
        }
    }

    public override int Read(Span<byte> buffer) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) body.Dispose();
        base.Dispose(disposing);
    }

    private void Count(int read, TimeSpan waited)
    {
        _came += read;
        _waited += waited;
        if (_came < Step) return;
        (_came, _waited) = (0, TimeSpan.Zero);
    }
}
