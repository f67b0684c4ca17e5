using System.Buffers;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Xml;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Stow;

/// <summary>A store request of metadata and bulk data.</summary>
internal static class MetadataRequest
{
    public static readonly Tag[] PixelDescription =
    [
        Tags.SamplesPerPixel, Tags.PhotometricInterpretation, Tags.Rows, Tags.Columns, Tags.BitsAllocated, Tags.BitsStored, Tags.HighBit,
        Tags.PixelRepresentation, Tags.PlanarConfiguration, Tags.NumberOfFrames,
    ];

    /// <summary>Metadata of a secondary capture, with its pixel data elsewhere and nothing said of it.</summary>
    public static DicomDataset Picture(string uri = "bulk/1", string? sopClass = null)
    {
        var dataset = SampleObjects.Ct(SampleOptions.Fresh() with { SopClassUid = sopClass ?? Uids.SecondaryCaptureImageStorage }).Dataset;
        foreach (var tag in PixelDescription) dataset.Remove(tag);
        return dataset.Set(new BulkDataReference(Tags.PixelData, Vr.OW, uri));
    }

    public static byte[] Json(params DicomDataset[] datasets)
    {
        var array = new JsonArray();
        foreach (var dataset in datasets) array.Add((JsonNode)Object(dataset));
        return Encoding.UTF8.GetBytes(array.ToJsonString());
    }

    public static HttpContent Json(IEnumerable<DicomDataset> datasets, params (string ContentType, string? Location, byte[] Data)[] bulk) =>
        Parts("application/dicom+json", [("application/dicom+json", null, Json([.. datasets])), .. bulk]);

    public static byte[] Xml(DicomDataset dataset)
    {
        var references = dataset.OfType<BulkDataReference>().ToList();
        foreach (var reference in references) dataset.Remove(reference.Tag);
        var output = new ArrayBufferWriter<byte>();
        NativeModel.Write(output, dataset);
        var bulk = string.Concat(references.Select(r => $"<DicomAttribute tag=\"{r.Tag.ToHex()}\" vr=\"{r.Vr.Code}\"><BulkData uri=\"{r.Uri}\"/></DicomAttribute>"));
        foreach (var reference in references) dataset.Set(reference);
        return Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(output.WrittenSpan).Replace("</NativeDicomModel>", bulk + "</NativeDicomModel>", StringComparison.Ordinal));
    }

    public static HttpContent Parts(string type, params (string ContentType, string? Location, byte[] Data)[] parts)
    {
        var body = new List<byte>();
        foreach (var (contentType, location, data) in parts)
            body.AddRange([.. Encoding.ASCII.GetBytes($"\r\n--b0undary\r\nContent-Type: {contentType}\r\n{(location is null ? "" : $"Content-Location: {location}\r\n")}\r\n"), .. data]);
        body.AddRange("\r\n--b0undary--\r\n"u8);
        var content = new ByteArrayContent([.. body]);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/related; type=\"{type}\"; boundary=b0undary");
        return content;
    }

    /// <summary>References are written by hand: nothing that is stored has any.</summary>
    private static JsonObject Object(DicomDataset dataset)
    {
        var references = dataset.OfType<BulkDataReference>().ToList();
        foreach (var reference in references) dataset.Remove(reference.Tag);
        using var output = new MemoryStream();
        using (var writer = new Utf8JsonWriter(output)) DicomJson.Write(writer, dataset);
        var json = JsonNode.Parse(output.ToArray())!.AsObject();
        foreach (var reference in references)
        {
            json[reference.Tag.ToHex()] = new JsonObject { ["vr"] = reference.Vr.Code, ["BulkDataURI"] = reference.Uri };
            dataset.Set(reference);
        }
        return json;
    }
}
