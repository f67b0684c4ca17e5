using System.Text.Json;
using System.Xml;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Xml;
using Pacs.Storage.Sending;

namespace Pacs.Storage.DicomWeb;

/// <summary>What a server says of each object that it was sent: the Store Instances Response Module (PS3.18 §I.2), in JSON or XML.</summary>
internal sealed class StowAnswer
{
    /// <summary>Bytes of an answer: that of 10,000 objects with the longest addresses is shorter.</summary>
    private const int MaxLength = 32 << 20;

    private static readonly DatasetLimits Limits = new() { MaxInlineTotal = MaxLength, MaxElements = 1_000_000 };

    private readonly Dictionary<string, SendResult> _results = [];

    private StowAnswer(DicomDataset module)
    {
        foreach (var item in module.GetItems(Tags.ReferencedSOPSequence)) Add(item, Tags.WarningReason, DimseStatus.Success);
        // Named twice, it failed.
        foreach (var item in module.GetItems(Tags.FailedSOPSequence)) Add(item, Tags.FailureReason, DimseStatus.ProcessingFailure);
        if (module.GetItems(Tags.OtherFailuresSequence) is [var other, ..]) Other = SendResult.Of(Reason(other, Tags.FailureReason) ?? DimseStatus.ProcessingFailure);
    }

    /// <summary>Of what the server could not tell the UID of; null when there was none.</summary>
    public SendResult? Other { get; }

    /// <summary>Null when the server does not say.</summary>
    public SendResult? Of(string sopInstanceUid) => _results.GetValueOrDefault(sopInstanceUid);

    /// <summary>Null when the answer is none of these, as that of a proxy.</summary>
    /// <exception cref="DicomWebException">It broke off.</exception>
    public static async Task<StowAnswer?> ReadAsync(WebAnswer answer)
    {
        var isXml = answer.ContentType?.Name is "application/dicom+xml" or "application/xml" or "text/xml";
        if (!isXml && answer.ContentType?.Name is not ("application/dicom+json" or "application/json")) return null;
        if (await answer.ReadAsync(MaxLength) is not { Length: > 0 } body) return null;
        try
        {
            if (isXml) return Of(NativeModel.Read(new MemoryStream(body), limits: Limits));
            // Some servers make an array of it.
            var json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 1000 });
            while (json.Read() && json.TokenType == JsonTokenType.StartArray) { }
            if (json.TokenType != JsonTokenType.StartObject) return null;
            var start = (int)json.TokenStartIndex;
            json.Skip();
            return Of(DicomJson.Read(body.AsSpan(start, (int)json.BytesConsumed - start), limits: Limits));
        }
        catch (Exception e) when (e is JsonException or XmlException)
        {
            return null;
        }
    }

    private static StowAnswer? Of(DicomDataset dataset) =>
        dataset.Contains(Tags.ReferencedSOPSequence) || dataset.Contains(Tags.FailedSOPSequence) || dataset.Contains(Tags.OtherFailuresSequence) ? new StowAnswer(dataset) : null;

    private void Add(DicomDataset item, Tag reason, DimseStatus otherwise)
    {
        if (item.GetString(Tags.ReferencedSOPInstanceUID) is { } uid) _results[uid] = SendResult.Of(Reason(item, reason) ?? otherwise);
    }

    private static DimseStatus? Reason(DicomDataset item, Tag tag) => item.GetInteger(tag) is >= 0 and <= ushort.MaxValue and var value ? new DimseStatus((ushort)value) : null;
}
