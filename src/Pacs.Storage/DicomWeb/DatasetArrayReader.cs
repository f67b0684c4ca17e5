using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Json;
using Pacs.Dicom.Parsing;

namespace Pacs.Storage.DicomWeb;

/// <summary>
/// The data sets of a JSON array (PS3.18 §F.2.1), or of one object alone, as they come: one at a time in memory, and each up to a limit.
/// </summary>
internal sealed class DatasetArrayReader(PipeReader body, int maxDataset = DatasetArrayReader.DefaultMax)
{
    /// <summary>Bytes of one data set: far more than any header has.</summary>
    public const int DefaultMax = 32 << 20;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = 1000 };
    private static readonly DatasetLimits Limits = new() { MaxInlineTotal = 64 << 20, MaxElements = 1_000_000 };

    private bool _isFirst = true;
    private bool _isArray;

    /// <summary>The next; null after the last.</summary>
    /// <exception cref="DicomWebException">The body is no such array, or broke off.</exception>
    public async ValueTask<DicomDataset?> ReadAsync()
    {
        var wanted = 1;
        while (true)
        {
            var read = await body.ReadAtLeastAsync(wanted, CancellationToken.None);
            if (TryRead(read.Buffer, read.IsCompleted, out var dataset, out var isEnd, out var consumed))
            {
                body.AdvanceTo(consumed);
                return isEnd ? null : dataset;
            }
            if (read.IsCompleted) throw Unreadable("ends early");
            if (read.Buffer.Length > maxDataset) throw Unreadable($"has a data set of more than {maxDataset} bytes");
            // Each look begins where the data set does: twice as much each time keeps their sum small.
            wanted = (int)Math.Min(maxDataset + 1, Math.Max(4096, read.Buffer.Length * 2));
            body.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private bool TryRead(in ReadOnlySequence<byte> buffer, bool isCompleted, out DicomDataset? dataset, out bool isEnd, out SequencePosition consumed)
    {
        (dataset, isEnd, consumed) = (null, false, buffer.Start);
        var bytes = new SequenceReader<byte>(buffer);
        // A byte order mark may be there, and is ignored (RFC 8259 §8.1).
        if (_isFirst) bytes.IsNext("\uFEFF"u8, advancePast: true);
        while (bytes.TryPeek(out var next))
        {
            if (next is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' || (next == (byte)',' && _isArray))
            {
                bytes.Advance(1);
                continue;
            }
            if (next == (byte)'[' && _isFirst && !_isArray)
            {
                _isArray = true;
                bytes.Advance(1);
                continue;
            }
            if (next == (byte)']' && _isArray)
            {
                (isEnd, consumed) = (true, buffer.End);
                return true;
            }
            if (next != (byte)'{' || (!_isFirst && !_isArray)) throw Unreadable("is no array of data sets");
            return TryReadObject(bytes.UnreadSequence, isCompleted, out dataset, out consumed);
        }
        isEnd = isCompleted && !_isArray;
        return isEnd;
    }

    private bool TryReadObject(in ReadOnlySequence<byte> rest, bool isCompleted, out DicomDataset? dataset, out SequencePosition consumed)
    {
        (dataset, consumed) = (null, rest.Start);
        try
        {
            var json = new Utf8JsonReader(rest, isFinalBlock: false, new JsonReaderState(Options));
            if (!json.Read() || !json.TrySkip()) return false;
            var text = rest.Slice(0, json.BytesConsumed);
            dataset = DicomJson.Read(text.IsSingleSegment ? text.FirstSpan : text.ToArray(), keepBulkDataUris: true, Limits);
            (consumed, _isFirst) = (text.End, false);
            return true;
        }
        catch (JsonException)
        {
            throw Unreadable("is not DICOM JSON");
        }
    }

    private static DicomWebException Unreadable(string what) => new(DicomWebFailure.Refused, $"The server's answer {what}: it does not speak DICOMweb, or not as PS3.18 has it.");
}
