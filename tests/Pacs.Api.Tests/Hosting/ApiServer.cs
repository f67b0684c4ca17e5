using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pacs.Api.Hosting;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Hosting;

/// <summary>The server with a real Kestrel, a real PostgreSQL and the DICOM listener, on ports of its own.</summary>
public class ApiServer : IAsyncLifetime
{
    private readonly PostgresFixture _postgres = new();
    private IHost? _host;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { AutomaticDecompression = System.Net.DecompressionMethods.None });

    /// <summary>The same, but a redirect is an answer like any other.</summary>
    public HttpClient NoRedirects { get; } = new(new SocketsHttpHandler { AllowAutoRedirect = false });

    public IServiceProvider Services => _host!.Services;
    public PostgresFixture Postgres => _postgres;
    public string Address { get; private set; } = "";

    /// <summary>Settings besides the usual ones.</summary>
    protected virtual (string Key, string Value)[] Settings => [];

    public async Task InitializeAsync()
    {
        (string Key, string Value)[] usual =
            [("Pacs:Roles", "Dimse,Api"), ("Pacs:Http:Urls", "http://127.0.0.1:0"), ("Pacs:Dimse:Port", "0"), ("Pacs:Dimse:BindAddress", "127.0.0.1"), ("Logging:LogLevel:Default", "Warning")];
        _host = PacsHost.Build([], _postgres.Configuration([.. Settings.Concat(usual).DistinctBy(s => s.Key)]));
        await _host.StartAsync();
        Address = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Http.BaseAddress = NoRedirects.BaseAddress = new Uri(Address);
    }

    /// <summary>Stops the server as its end does.</summary>
    protected async Task StopAsync()
    {
        if (_host is null) return;
        await _host.StopAsync();
        await ((IAsyncDisposable)_host).DisposeAsync();
        _host = null;
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        NoRedirects.Dispose();
        await StopAsync();
        _postgres.Dispose();
        GC.SuppressFinalize(this);
    }

    public static MultipartContent Multipart(params IEnumerable<byte[]> files)
    {
        var content = new MultipartContent("related", "boundary");
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("multipart/related; type=\"application/dicom\"; boundary=boundary");
        foreach (var file in files)
        {
            var part = new ByteArrayContent(file);
            part.Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
            content.Add(part);
        }
        return content;
    }

    public async Task StoreAsync(params IEnumerable<SampleObject> objects)
    {
        using var response = await Http.PostAsync("/dicomweb/studies", Multipart(objects.Select(o => o.ToPart10())));
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public Task<HttpResponseMessage> GetAsync(string path, string? accept = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return Http.SendAsync(request);
    }

    public async Task<JsonElement> GetJsonAsync(string path)
    {
        using var response = await GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{(int)response.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    /// <summary>The parts of a multipart answer.</summary>
    public static async Task<IReadOnlyList<(string ContentType, byte[] Data)>> PartsAsync(HttpResponseMessage response)
    {
        var boundary = response.Content.Headers.ContentType!.Parameters.Single(p => p.Name == "boundary").Value!.Trim('"');
        var text = Encoding.Latin1.GetString(await response.Content.ReadAsByteArrayAsync());
        Assert.EndsWith($"\r\n--{boundary}--\r\n", text, StringComparison.Ordinal);
        return [.. ("\r\n" + text).Split($"\r\n--{boundary}")[1..^1].Select(part =>
        {
            var end = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var type = part[..end].Split("\r\n").Single(h => h.StartsWith("Content-Type: ", StringComparison.Ordinal))["Content-Type: ".Length..];
            return (type, Encoding.Latin1.GetBytes(part[(end + 4)..]));
        })];
    }

    /// <summary>A refusal: its status, and problem details that say what to do.</summary>
    public static async Task AssertProblemAsync(int status, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == (int)response.StatusCode, $"{(int)response.StatusCode} {text}");
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        var problem = JsonDocument.Parse(text).RootElement;
        Assert.Equal(status, problem.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.GetProperty("detail").GetString()!);
    }
}
