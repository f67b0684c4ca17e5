using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;

namespace Pacs.TestKit.Clients;

/// <summary>
/// A small DICOMweb server that does what no real one can be made to do: it keeps what is stored and finds and gives it back,
/// unless the next line of its script says otherwise – a status, a wait, a cut connection.
/// </summary>
public sealed class ScriptedDicomWeb : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ScriptedDicomWebOptions _options;
    private readonly ConcurrentDictionary<string, StoredPart> _objects = [];
    private readonly ConcurrentQueue<WebExchange> _exchanges = [];
    private readonly ConcurrentQueue<Func<HttpContext, Task<bool>>> _script = [];
    private readonly ConcurrentDictionary<string, DateTime> _tokens = [];

    private ScriptedDicomWeb(ScriptedDicomWebOptions options)
    {
        _options = options;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0, ConfigureListener);
        });
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>The base URL of its DICOMweb services, with a slash at the end.</summary>
    public Uri DicomWeb => new($"{_app.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}/dicomweb/");

    /// <summary>Where tokens are had by client credentials (RFC 6749 section 4.4).</summary>
    public Uri TokenUrl => new(DicomWeb, "/token");

    /// <summary>Decides for each object whether it is stored: null, or the reason why not: <c>0xA700</c>.</summary>
    public Func<string, ushort?> FailureReason { get; set; } = _ => null;

    /// <summary>Decides for each object that is stored with what warning it is: null, or one of PS3.18 Table I.2-1: <c>0xB000</c>.</summary>
    public Func<string, ushort?> WarningReason { get; set; } = _ => null;

    /// <summary>Objects that the answer to a request says nothing of.</summary>
    public Func<string, bool> IsPassedOver { get; set; } = _ => false;

    /// <summary>What is kept of a Part 10 file that is stored. All of it, unless given.</summary>
    public Func<string, byte[], byte[]> Coerce { get; set; } = (_, file) => file;

    /// <summary>Looks at each request before the script does; true when it has answered it.</summary>
    public Func<HttpContext, Task<bool>> Intercept { get; set; } = _ => Task.FromResult(false);

    /// <summary>Every request, in the order in which they came.</summary>
    public IReadOnlyList<WebExchange> Exchanges => [.. _exchanges];

    public IReadOnlyList<string> SopInstanceUids => [.. _objects.Keys.Order(StringComparer.Ordinal)];

    /// <summary>How often an object was stored.</summary>
    public int StoresOf(string sopInstanceUid) => _objects.TryGetValue(sopInstanceUid, out var part) ? part.Stores : 0;

    /// <summary>An object as it came, as Part 10.</summary>
    public byte[] FileOf(string sopInstanceUid) => _objects[sopInstanceUid].File;

    /// <summary>Tokens that it has given so far.</summary>
    public int Tokens => _tokens.Count;

    public static async Task<ScriptedDicomWeb> StartAsync(ScriptedDicomWebOptions? options = null)
    {
        var server = new ScriptedDicomWeb(options ?? new());
        await server._app.StartAsync();
        return server;
    }

    /// <summary>The next request is answered by a status and nothing else is done.</summary>
    public ScriptedDicomWeb Then(int status, string? retryAfter = null) => Then(async context =>
    {
        await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        context.Response.StatusCode = status;
        return true;
    });

    /// <summary>The connection of the next request is cut when so much of its body has come.</summary>
    public ScriptedDicomWeb ThenCutAfter(int bytes) => Then(async context =>
    {
        var buffer = new byte[Math.Max(bytes, 1)];
        await context.Request.Body.ReadAtLeastAsync(buffer, bytes, throwOnEndOfStream: false, context.RequestAborted);
        Cut(context);
        return true;
    });

    /// <summary>The next request is done, and the connection is cut instead of the answer: the client cannot know.</summary>
    public ScriptedDicomWeb ThenCutAnswer() => Then(async context =>
    {
        if (context.Request.Method == "POST") await StoreAsync(context);
        Cut(context);
        return true;
    });

    /// <summary>The next request is done when the task has ended.</summary>
    public ScriptedDicomWeb ThenWait(Task until) => Then(async context =>
    {
        await until.WaitAsync(context.RequestAborted);
        return false;
    });

    /// <summary>A step of one's own; true when it has answered the request.</summary>
    public ScriptedDicomWeb Then(Func<HttpContext, Task<bool>> step)
    {
        _script.Enqueue(step);
        return this;
    }

    /// <summary>Puts an object there.</summary>
    public void Add(byte[] file) => Keep(file);

    /// <summary>All tokens that were given are worth nothing any more.</summary>
    public void RevokeTokens()
    {
        foreach (var token in _tokens.Keys) _tokens[token] = DateTime.MinValue;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(0);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private void ConfigureListener(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        if (_options.Certificates is not { } certificates) return;
        listen.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificates.Server,
            ClientCertificateMode = _options.WantsClientCertificate ? ClientCertificateMode.RequireCertificate : ClientCertificateMode.NoCertificate,
            ClientCertificateValidation = (certificate, _, _) => IsTrusted(certificate, certificates.Authority),
        });
    }

    private static bool IsTrusted(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { authority }, RevocationMode = X509RevocationMode.NoCheck } };
        return chain.Build(certificate);
    }

    private async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Path == "/token")
        {
            await GiveTokenAsync(context);
            return;
        }
        var exchange = new WebExchange(
            request.Method, request.Path + request.QueryString.ToString(), request.Protocol, new HeaderDictionary(request.Headers.ToDictionary(StringComparer.OrdinalIgnoreCase)), context.Connection.ClientCertificate?.Subject);
        _exchanges.Enqueue(exchange);
        context.Response.OnStarting(() => Task.FromResult(exchange.Status = context.Items.ContainsKey(nameof(Cut)) ? 0 : context.Response.StatusCode));
        if (_options.TokenClient is not null && !HasToken(exchange))
        {
            await request.Body.CopyToAsync(Stream.Null);
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Bearer error=\"invalid_token\"";
        }
        else if (!await Intercept(context) && !(_script.TryDequeue(out var step) && await step(context)))
        {
            await AnswerAsync(context);
        }
    }

    private Task AnswerAsync(HttpContext context) => context.Request.Method switch
    {
        "POST" => StowAsync(context),
        "GET" when context.Request.Path.Value!.EndsWith("/studies", StringComparison.Ordinal) => FindAsync(context, Tags.StudyInstanceUID),
        "GET" when context.Request.Path.Value!.EndsWith("/series", StringComparison.Ordinal) => FindAsync(context, Tags.SeriesInstanceUID),
        "GET" when context.Request.Path.Value!.EndsWith("/instances", StringComparison.Ordinal) => FindAsync(context, Tags.SOPInstanceUID),
        "GET" => RetrieveAsync(context),
        _ => AnswerStatusAsync(context, StatusCodes.Status405MethodNotAllowed),
    };

    private async Task StowAsync(HttpContext context)
    {
        var (stored, failed) = await StoreAsync(context);
        var answer = new JsonObject();
        if (failed.Count > 0) answer["00081198"] = new JsonObject { ["vr"] = "SQ", ["Value"] = failed };
        if (stored.Count > 0) answer["00081199"] = new JsonObject { ["vr"] = "SQ", ["Value"] = stored };
        context.Response.StatusCode = (stored.Count, failed.Count) switch { (_, 0) => 200, (0, _) => 409, _ => 202 };
        context.Response.ContentType = "application/dicom+json";
        await context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }

    private async Task<(JsonArray Stored, JsonArray Failed)> StoreAsync(HttpContext context)
    {
        var type = Microsoft.Net.Http.Headers.MediaTypeHeaderValue.Parse(context.Request.ContentType);
        var reader = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).Value!, context.Request.Body) { BodyLengthLimit = null };
        JsonArray stored = [], failed = [];
        while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } section)
        {
            using var body = new MemoryStream();
            await section.Body.CopyToAsync(body, context.RequestAborted);
            var dataset = Read(body.ToArray());
            var uid = dataset.GetString(Tags.SOPInstanceUID)!;
            var item = new JsonObject
            {
                ["00081150"] = Json("UI", dataset.GetString(Tags.SOPClassUID)),
                ["00081155"] = Json("UI", uid),
            };
            if (FailureReason(uid) is { } reason)
            {
                item["00081197"] = Json("US", reason);
                failed.Add(item);
                continue;
            }
            if (WarningReason(uid) is { } warning) item["00081196"] = Json("US", warning);
            Keep(Coerce(uid, body.ToArray()));
            if (!IsPassedOver(uid)) stored.Add(item);
        }
        return (stored, failed);
    }

    private async Task FindAsync(HttpContext context, Tag key)
    {
        var matches = Selected(context.Request).DistinctBy(o => o.Dataset.GetString(key)).ToList();
        context.Response.StatusCode = matches.Count == 0 ? StatusCodes.Status204NoContent : StatusCodes.Status200OK;
        if (matches.Count == 0) return;
        context.Response.ContentType = "application/dicom+json";
        var buffer = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            foreach (var match in matches) DicomJson.Write(json, match.Dataset);
            json.WriteEndArray();
        }
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
    }

    private async Task RetrieveAsync(HttpContext context)
    {
        var selected = Selected(context.Request).ToList();
        if (selected.Count == 0)
        {
            await AnswerStatusAsync(context, StatusCodes.Status404NotFound);
            return;
        }
        using var content = new MultipartContent("related");
        content.Headers.ContentType!.Parameters.Add(new System.Net.Http.Headers.NameValueHeaderValue("type", "\"application/dicom\""));
        foreach (var part in selected)
            content.Add(new ByteArrayContent(part.File) { Headers = { ContentType = new("application/dicom") } });
        context.Response.ContentType = content.Headers.ContentType.ToString();
        await content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <summary>What path and the UIDs among the query's keys select.</summary>
    private IEnumerable<StoredPart> Selected(HttpRequest request)
    {
        var path = request.Path.Value!.Split('/');
        string? Below(string name) => Array.IndexOf(path, name) is >= 0 and var at && at + 1 < path.Length ? path[at + 1] : null;
        bool Is(DicomDataset dataset, Tag tag, string keyword, string? inPath) =>
            (inPath is null || dataset.GetString(tag) == inPath) &&
            (request.Query[keyword] is not [{ } wanted, ..] || wanted.Split(',').Contains(dataset.GetString(tag)));
        return _objects.Values.OrderBy(o => o.Dataset.GetString(Tags.SOPInstanceUID), StringComparer.Ordinal).Where(o =>
            Is(o.Dataset, Tags.StudyInstanceUID, "StudyInstanceUID", Below("studies")) &&
            Is(o.Dataset, Tags.SeriesInstanceUID, "SeriesInstanceUID", Below("series")) &&
            Is(o.Dataset, Tags.SOPInstanceUID, "SOPInstanceUID", Below("instances")) &&
            Is(o.Dataset, Tags.PatientID, "PatientID", null));
    }

    private async Task GiveTokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        var isBasic = System.Net.Http.Headers.AuthenticationHeaderValue.TryParse(context.Request.Headers.Authorization, out var header) && header.Scheme == "Basic";
        var basic = isBasic ? System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(header!.Parameter!)).Split(':', 2).Select(Uri.UnescapeDataString).ToArray() : [];
        var client = basic is [var id, var secret] ? (id, secret) : (form["client_id"].ToString(), form["client_secret"].ToString());
        if (form["grant_type"] != "client_credentials" || client != _options.TokenClient)
        {
            await AnswerStatusAsync(context, StatusCodes.Status401Unauthorized);
            return;
        }
        var token = RandomNumberGenerator.GetHexString(32);
        _tokens[token] = DateTime.UtcNow.AddSeconds(_options.TokenSeconds);
        await context.Response.WriteAsJsonAsync(new Dictionary<string, object> { ["access_token"] = token, ["token_type"] = "Bearer", ["expires_in"] = _options.TokenSeconds });
    }

    private bool HasToken(WebExchange exchange) =>
        exchange.Authorization.StartsWith("Bearer ", StringComparison.Ordinal) &&
        _tokens.TryGetValue(exchange.Authorization["Bearer ".Length..], out var end) && end > DateTime.UtcNow;

    private void Keep(byte[] file)
    {
        var dataset = Read(file);
        _objects.AddOrUpdate(dataset.GetString(Tags.SOPInstanceUID)!, _ => new StoredPart(file, dataset, 1), (_, former) => new StoredPart(file, dataset, former.Stores + 1));
    }

    // Without pixel data, which no match is to carry.
    private static DicomDataset Read(byte[] file)
    {
        var dataset = DicomFile.Read(new MemoryStream(file)).Dataset;
        dataset.Remove(Tags.PixelData);
        return dataset;
    }

    private static JsonObject Json(string vr, JsonNode? value) => new() { ["vr"] = vr, ["Value"] = new JsonArray(value) };

    private static void Cut(HttpContext context)
    {
        context.Items[nameof(Cut)] = true;
        context.Abort();
    }

    private static Task AnswerStatusAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    private sealed record StoredPart(byte[] File, DicomDataset Dataset, int Stores);
}
