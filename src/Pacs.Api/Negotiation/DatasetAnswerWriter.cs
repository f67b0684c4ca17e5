using System.Buffers;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Json;
using Pacs.Dicom.Xml;
using Pacs.Storage.Multipart;

namespace Pacs.Api.Negotiation;

/// <summary>
/// Writes data sets in the form that was negotiated, one after the other into a buffer: whoever answers sends what is pending
/// whenever it is worth it, so that memory does not depend on how many there are.
/// </summary>
internal sealed class DatasetAnswerWriter
{
    /// <summary>
    /// The same for all answers, so that equal data sets are equal bytes under one entity tag. No part can hold it: the writer of
    /// the model puts no line end into text.
    /// </summary>
    private const string Boundary = "dicom-data-set";

    /// <summary>A buffer that one large data set made larger than this is not kept for the next.</summary>
    private const int MaxKept = 1 << 20;

    private readonly DatasetForm _form;
    private readonly MultipartWriter? _multipart;
    private ArrayBufferWriter<byte> _buffer = new(16 * 1024);

    public DatasetAnswerWriter(DatasetForm form)
    {
        _form = form;
        if (form.IsMultipart) _multipart = new MultipartWriter(Boundary);
        if (form.IsArray) _buffer.Write("["u8);
    }

    /// <summary>The Content-Type of the answer.</summary>
    public string ContentType => _multipart?.ContentType(_form.MediaType) ?? _form.MediaType;

    /// <summary>Data sets so far.</summary>
    public int Count { get; private set; }

    /// <summary>What is written and not yet sent.</summary>
    public ReadOnlyMemory<byte> Pending => _buffer.WrittenMemory;

    /// <summary>One more data set; null for <paramref name="bulkDataUri"/> leaves the values of bulk elements out.</summary>
    public void Write(DicomDataset dataset, Func<BulkPath, string?>? bulkDataUri = null)
    {
        if (_multipart is not null) _buffer.Write(_multipart.PartHeader(_form.MediaType, null, null, Count == 0));
        else if (Count > 0) _buffer.Write(","u8);
        Count++;
        if (_form.IsXml) NativeModel.Write(_buffer, dataset, bulkDataUri);
        else DicomJson.Write(_buffer, dataset, bulkDataUri);
    }

    /// <summary>What stands behind the last. There is no multipart without a part: with none, nothing is pending.</summary>
    public void End()
    {
        if (_form.IsArray) _buffer.Write("]"u8);
        else if (_multipart is not null && Count > 0) _buffer.Write(_multipart.End());
    }

    /// <summary>All that was pending is sent.</summary>
    public void Clear()
    {
        if (_buffer.Capacity > MaxKept) _buffer = new(16 * 1024);
        else _buffer.ResetWrittenCount();
    }

    /// <summary>One data set and its end, as the whole of an answer.</summary>
    public static async Task WriteOneAsync(HttpResponse response, DatasetForm form, DicomDataset dataset, CancellationToken cancellation)
    {
        var writer = new DatasetAnswerWriter(form);
        writer.Write(dataset);
        writer.End();
        response.ContentType = writer.ContentType;
        response.ContentLength = writer.Pending.Length;
        await response.BodyWriter.WriteAsync(writer.Pending, cancellation);
    }
}
