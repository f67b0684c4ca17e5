using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Pacs.Api.Security;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Pacs.Api.OpenApi;

/// <summary>Puts what endpoints tell of themselves into the OpenAPI document: answers, failures, bodies, parameters, keys.</summary>
internal sealed class OperationDescriptions : IOperationFilter
{
    public const string BearerScheme = "Bearer";
    public const string HeaderScheme = "ApiKey";

    private static readonly Dictionary<string, (string Description, string Example)> PathParameters = new()
    {
        ["study"] = ("Study Instance UID.", "1.2.826.0.1.3680043.8.498.1"),
        ["series"] = ("Series Instance UID.", "1.2.826.0.1.3680043.8.498.1.1"),
        ["instance"] = ("SOP Instance UID.", "1.2.826.0.1.3680043.8.498.1.1.1"),
        ["frames"] = ("Numbers of frames, from 1, with commas between.", "1,2,3"),
        ["path"] = ("Where the value is, as BulkDataURI has it.", "7FE00010"),
        ["aeTitle"] = ("AE title of the peer.", "WORKSTATION"),
        ["listeners/{name}"] = ("Name of the listener: letters, digits, hyphens and underscores.", "research"),
        ["rules/{name}"] = ("Name of the rule.", "ct-to-research"),
        ["retention-classes/{name}"] = ("Name of the class.", "short"),
        ["settings/{name}"] = ("Name of the setting, with its sections.", "Pacs:Dimse:MaxAssociations"),
        ["position"] = ("Position of the rule: those with lower ones are tried before it.", "100"),
        ["id"] = ("Identifier.", "17"),
        ["state"] = ("Only those in this state.", "Failed"),
        ["kind"] = ("Only those of this kind.", "forward"),
        ["peer"] = ("Only those that talk to this peer.", "WORKSTATION"),
        ["cause"] = ("Only those whose cause contains this text.", "rule 3"),
        ["createdFrom"] = ("Only those created at this time or later.", "2026-11-21T08:00:00Z"),
        ["createdBefore"] = ("Only those created before this time.", "2026-11-22T00:00:00Z"),
        ["before"] = ("Only those with a lower identifier: the last of the page before.", "17"),
        ["after"] = ("Only those with a higher number: the last of the page before.", "100"),
        ["requester"] = ("Only those that this AE title asked for.", "CT1"),
        ["transaction"] = ("Transaction UID of the client.", "1.2.826.0.1.3680043.8.498.9"),
        ["transactionUid"] = ("Only that of this Transaction UID.", "1.2.3"),
        ["evenIfOnlyThere"] = ("Also when objects have their only file there.", "false"),
        ["evenIfCommitted"] = ("Also objects that were promised to be kept.", "false"),
        ["since"] = ("`next` of an answer before; `now` for what comes; left out: from the beginning.", "now"),
        ["wait"] = ("Seconds to wait for a change, up to 60.", "30"),
        ["limit"] = ("At most so many.", "100"),
        ["studyInstanceUid"] = ("Only those of this study.", "1.2.826.0.1.3680043.8.498.1"),
        ["sopInstanceUid"] = ("Only this instance.", "1.2.826.0.1.3680043.8.498.1.1"),
    };

    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        DescribeParameters(operation, metadata, context);
        DescribeBodies(operation, metadata);
        DescribeAnswers(operation, metadata, context);
        if (metadata.OfType<RequiredScope>().LastOrDefault() is { } required) DescribeSecurity(operation, required, context);
    }

    private static void DescribeParameters(OpenApiOperation operation, IList<object> metadata, OperationFilterContext context)
    {
        operation.Parameters ??= [];
        foreach (var parameter in operation.Parameters.OfType<OpenApiParameter>())
        {
            if (parameter.Name is null || !TryGetKnown(parameter.Name, context.ApiDescription.RelativePath, out var known)) continue;
            parameter.Description = known.Description;
            parameter.Example = known.Example;
        }
        foreach (var query in metadata.OfType<QueryParameterMetadata>())
        {
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = query.Name,
                In = ParameterLocation.Query,
                Description = query.Description,
                Example = query.Example is null ? null : JsonValue.Create(query.Example),
                Schema = new OpenApiSchema { Type = query.Type switch { "integer" => JsonSchemaType.Integer, "boolean" => JsonSchemaType.Boolean, _ => JsonSchemaType.String } },
            });
        }
    }

    /// <summary>By what the parameter is a part of where several resources have one of its name, as <c>rules/{name}</c>.</summary>
    private static bool TryGetKnown(string parameter, string? address, out (string Description, string Example) known)
    {
        var segments = (address ?? "").Split('/');
        var at = Array.IndexOf(segments, $"{{{parameter}}}");
        return at > 0 && PathParameters.TryGetValue($"{segments[at - 1]}/{segments[at]}", out known) || PathParameters.TryGetValue(parameter, out known);
    }

    private static void DescribeBodies(OpenApiOperation operation, IList<object> metadata)
    {
        foreach (var body in metadata.OfType<RequestBodyMetadata>())
        {
            var request = operation.RequestBody as OpenApiRequestBody ?? new OpenApiRequestBody { Required = true };
            operation.RequestBody = request;
            request.Description ??= body.Description;
            request.Content ??= new Dictionary<string, OpenApiMediaType>();
            if (!request.Content.TryGetValue(body.ContentType, out var content)) request.Content[body.ContentType] = content = new OpenApiMediaType { Schema = Binary() };
            if (body.Example is not null) content.Example = JsonNode.Parse(body.Example);
        }
    }

    private static void DescribeAnswers(OpenApiOperation operation, IList<object> metadata, OperationFilterContext context)
    {
        operation.Responses = [];
        foreach (var answer in metadata.OfType<AnswerMetadata>())
        {
            // An answer that comes in several media types is described by each.
            if (!operation.Responses.TryGetValue(answer.Status.ToString(), out var response))
                operation.Responses[answer.Status.ToString()] = response = new OpenApiResponse { Description = answer.Description, Content = answer.ContentType is null ? null : new Dictionary<string, OpenApiMediaType>() };
            if (answer.ContentType is null || response.Content is null) continue;
            response.Content[answer.ContentType] = new()
            {
                Schema = answer.Body is null
                    ? answer.Example is null ? Binary() : new OpenApiSchema()
                    : context.SchemaGenerator.GenerateSchema(answer.Body, context.SchemaRepository),
                Example = JsonNode.Parse(answer.Example ?? (answer.ContentType == "application/problem+json" ? Problem(answer.Status, answer.Description) : "null")),
            };
        }
    }

    private static void DescribeSecurity(OpenApiOperation operation, RequiredScope required, OperationFilterContext context)
    {
        var problem = context.SchemaGenerator.GenerateSchema(typeof(Microsoft.AspNetCore.Mvc.ProblemDetails), context.SchemaRepository);
        foreach (var (status, description) in new[]
        {
            (StatusCodes.Status401Unauthorized, "The server has API keys, and the request came with none that is in force."),
            (StatusCodes.Status403Forbidden, $"The key's scope is not enough: this needs {required.Scope.ToString().ToLowerInvariant()}."),
        })
        {
            operation.Responses![status.ToString()] = new OpenApiResponse
            {
                Description = description,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = problem, Example = JsonNode.Parse(Problem(status, description)) } },
            };
        }
        operation.Security =
        [
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(BearerScheme, context.Document)] = [] },
            new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(HeaderScheme, context.Document)] = [] },
        ];
    }

    private static string Problem(int status, string description) => new JsonObject
    {
        ["status"] = status,
        ["title"] = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
        ["detail"] = description,
        ["traceId"] = "4bf92f3577b34da6a3ce929d0e0e4736",
    }.ToJsonString();

    private static OpenApiSchema Binary() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
